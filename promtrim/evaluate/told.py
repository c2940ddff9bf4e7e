"""What tells the series of a vector apart, or the targets they come from, and whether a grouping or a matching keeps it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.labels import Labels
from promtrim.evaluate.result import Result, Told
from promtrim.knowledge.series import OF_TARGETS, Apart, Because
from promtrim.promql.tree import Aggregate, Binary

RENAMED = "exported_"
"""What Prometheus puts before an exporter's label that a target has too."""

Kept = Callable[[str], bool]
"""Whether a label is looked at: whether series that differ in it stay apart."""


def of_grouping(node: Aggregate, labels: Labels) -> Kept:
    """The labels that an aggregation groups by; of one whose value a matcher fixes there is nothing to tell."""
    without, by = node.without, frozenset(node.by or ())
    if without is not None:
        return lambda label: label not in without
    return lambda label: label in by or labels.get(label).fixed is not None


def of_matching(node: Binary) -> Kept:
    """The labels that have to agree for two series to match."""
    on, ignoring = node.on, node.ignoring or ()
    if on is not None:
        return lambda label: label in on
    return lambda label: label not in ignoring


def stay_apart(evaluator: Evaluating, told: Told | None, kept: Kept) -> bool:
    """Whether what is kept tells all series apart: each group or match has one at most.

    Where a restart may leave a second one for a while, that counts in the view without restarts only.
    """
    if told is None or told.series is None or not all(kept(label) for label in told.series.by):
        return False
    return _holds(evaluator, told.series)


def _holds(evaluator: Evaluating, apart: Apart) -> bool:
    """Whether it counts in the view at hand; the views in which it does are worth a look."""
    evaluator.consulted.overlap = max(evaluator.consulted.overlap, apart.overlap)
    if apart.usual:
        evaluator.consulted.judged = True
    return not (apart.overlap and evaluator.view.overlap) and (evaluator.view.judgement or not apart.usual)


def told_of_groups(evaluator: Evaluating, node: Aggregate, inner: Result, alone: bool) -> Told | None:
    """What tells the results of an aggregation apart: what told its series, or else the labels that it groups by."""
    told, without = inner.told, node.without
    if without is not None:
        if told is None or alone:
            return told
        target, own = told.target, told.own
        if target is None or own is None or not target.by.isdisjoint(without) or not _holds(evaluator, target):
            return None
        return structs.replace(told, series=structs.replace(target, by=own.difference(without) | target.by))
    by = frozenset(node.by or ())
    if told is None:
        return Told(Apart(by))
    target = told.target if told.target is not None and told.target.by <= by else None
    if alone and told.series is not None:
        return Told(structs.replace(told.series, by=told.series.by & by), target, told.own, told.counts)
    # Of labels that are the same for all series of a target there are as many combinations as there are targets.
    others = OF_TARGETS if told.own is None else by - told.own
    shared = frozenset(label for label in by & others if not label.startswith(RENAMED))
    if target is not None and shared > target.by and _holds(evaluator, target):
        return Told(structs.replace(target, by=by - shared | target.by), target, told.own, told.counts)
    because = None
    if by and all(told.counts.get(label) == 1 for label in by):
        because = Because(f"there is one {' and one '.join(sorted(by))} here", "the topology")
    return Told(Apart(by, because), target, told.own, told.counts)


def told_of_matches(node: Binary, many: Result) -> Told | None:
    """What tells the results of a binary operator apart, ``many`` being the side whose series each give one at most."""
    told = many.told
    if node.group is not None:
        if told is None or OF_TARGETS & frozenset(node.include or ()):
            return None
        apart = told.series is not None and told.series.by.isdisjoint(node.include or ())
        told = told if apart else structs.replace(told, series=None)
        return structs.replace(told, own=None, counts={}) if node.include else told
    kept = of_matching(node)
    target = told.target if told and told.target and all(kept(label) for label in told.target.by) else None
    if told is not None and told.series is not None and all(kept(label) for label in told.series.by):
        return structs.replace(told, target=target)
    series = None if node.on is None else Apart(frozenset(node.on))
    return Told(series, target) if told is None else structs.replace(told, series=series, target=target)


def told_relabelled(told: Told | None, name: str | None) -> Told | None:
    """What tells series apart once the label ``name`` may have changed; None: some label."""
    if told is None or name is None or name in OF_TARGETS:
        return None
    series = None if told.series is None or name in told.series.by else told.series
    return structs.replace(told, series=series, own=None if told.own is None else told.own | {name}, counts={})


def told_over_time(told: Told | None) -> Told | None:
    """What tells the series of a stretch of time apart: their labels may change, their targets are told as before."""
    return None if told is None or told.target is None else structs.replace(told, series=None)


__all__ = [
    "Kept", "of_grouping", "of_matching", "stay_apart", "told_of_groups", "told_of_matches", "told_over_time",
    "told_relabelled",
]  # fmt: skip
