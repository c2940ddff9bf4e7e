"""What tells the series of a vector apart, and whether a grouping or a matching keeps it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.labels import Labels
from promtrim.evaluate.result import Result, Told
from promtrim.promql.tree import Aggregate, Binary

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
    if told is None or not all(kept(label) for label in told.by):
        return False
    if told.overlap:
        evaluator.consulted.overlap = max(evaluator.consulted.overlap, told.overlap)
    return not (told.overlap and evaluator.view.overlap)


def told_of_groups(node: Aggregate, inner: Result, alone: bool) -> Told | None:
    """What tells the results of an aggregation apart: what told its series, or else the labels that it groups by."""
    if alone and inner.told is not None:
        kept = inner.told.by if node.without is not None else inner.told.by & frozenset(node.by or ())
        return structs.replace(inner.told, by=kept)
    return None if node.without is not None else Told(frozenset(node.by or ()))


def told_of_matches(node: Binary, many: Result) -> Told | None:
    """What tells the results of a binary operator apart, ``many`` being the side whose series each give one at most."""
    if node.group is None:
        kept = of_matching(node)
        if many.told is not None and all(kept(label) for label in many.told.by):
            return many.told
        return None if node.on is None else Told(frozenset(node.on))
    if many.told is None or not many.told.by.isdisjoint(node.include or ()):
        return None
    return many.told


__all__ = ["Kept", "of_grouping", "of_matching", "stay_apart", "told_of_groups", "told_of_matches"]
