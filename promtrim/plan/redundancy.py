"""How alerts relate: the same twice, one implied by another, the milder half of a pair. The first two are proofs."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache
from itertools import combinations

from promtrim.judge.likeness import Condition, Threshold
from promtrim.judge.rule import Opinion
from promtrim.judge.tier import ORDER

SEVERITIES = (
    re.compile(r"(?i)crit|page|emerg|fatal|disaster|p0|p1|sev-?[01]$"),
    re.compile(r"(?i)^(error|high|major|p2|sev-?2)"),
    re.compile(r"(?i)^(warn|medium|minor|p3|sev-?3)"),
)
CRITICAL = 3
"""The highest of what :func:`severity` gives."""
_STRONGER: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a < b,
    "==": lambda a, b: False,
}


def severity(labels: dict[str, str]) -> int:
    """How severe the static labels say: 3 critical, 2 error, 1 warning, 0 less or nothing."""
    return _rank(labels.get("severity") or labels.get("priority") or labels.get("level") or "")


@lru_cache(maxsize=1024)
def _rank(text: str) -> int:
    for rank, pattern in zip((3, 2, 1), SEVERITIES, strict=True):
        if pattern.search(text):
            return rank
    return 0


def same_alert(opinion: Opinion) -> Hashable:
    """Equal for alerts that say exactly the same: equal meaning, labels, ``for``, ``keep_firing_for``."""
    rule = opinion.judged.rule
    meaning = opinion.likeness.meaning if opinion.likeness is not None else rule.id
    return (meaning, tuple(sorted(rule.labels.items())), rule.for_, rule.keep_firing_for)


def duplicates(opinions: Iterable[Opinion]) -> dict[int, Opinion]:
    """Rule id to the earlier rule that says exactly the same (:func:`same_alert`)."""
    first: dict[Hashable, Opinion] = {}
    found: dict[int, Opinion] = {}
    for opinion in opinions:
        if opinion.likeness is None:
            continue
        earlier = first.setdefault(same_alert(opinion), opinion)
        if earlier is not opinion:
            found[opinion.judged.rule.id] = earlier
    return found


def implied(opinions: list[Opinion]) -> dict[int, Opinion]:
    """Rule id to another alert that fires whenever this one does, is at least as severe and no slower.

    Never both of a pair; the duplicate check comes before.
    """
    groups: dict[str, list[tuple[Opinion, Threshold]]] = {}
    for opinion, threshold in _thresholds(opinions):
        groups.setdefault(threshold.skeleton, []).append((opinion, threshold))
    result: dict[int, Opinion] = {}
    for group in groups.values():
        if len(group) > 1:
            _implied_within(group, result)
    return result


def _implied_within(group: list[tuple[Opinion, Threshold]], result: dict[int, Opinion]) -> None:
    by_conditions: dict[tuple[Condition, ...], list[tuple[Opinion, Threshold]]] = {}
    for pair in group:
        by_conditions.setdefault(pair[1].conditions, []).append(pair)
    sizes = sorted({len(conditions) for conditions in by_conditions}, reverse=True)
    for opinion, threshold in group:
        for conditions in _subsets(threshold.conditions, sizes):
            other = next(
                (
                    other
                    for other, wider in by_conditions.get(conditions, ())
                    if other is not opinion
                    and other.judged.rule.id not in result
                    and _implies(opinion, threshold, other, wider)
                ),
                None,
            )
            if other is not None:
                result[opinion.judged.rule.id] = other
                break


def _subsets(conditions: tuple[Condition, ...], sizes: list[int]) -> Iterator[tuple[Condition, ...]]:
    """The conditions themselves and each of their subsets of one of the sizes; of very many, themselves alone."""
    if len(conditions) > 8:
        yield conditions
        return
    for size in sizes:
        if size <= len(conditions):
            yield from combinations(conditions, size)


def _implies(opinion: Opinion, threshold: Threshold, other: Opinion, wider: Threshold) -> bool:
    """Whether the second fires whenever the first does, given that it sees at least the same series."""
    rule, heard = opinion.judged.rule, other.judged.rule
    if heard.for_ > rule.for_ or heard.keep_firing_for < rule.keep_firing_for:
        return False
    if heard.interval != rule.interval or heard.group_limit:
        return False  # evaluated at other moments, or perhaps not at all
    if _others(heard.labels) != _others(rule.labels):
        return False  # it may go to somebody else
    if severity(heard.labels) < severity(rule.labels) or ORDER[other.judged.tier] < ORDER[opinion.judged.tier]:
        return False
    if threshold.number == wider.number:
        return threshold.op == wider.op or wider.op.endswith("=")
    return _STRONGER[threshold.op](threshold.number, wider.number)


def _others(labels: dict[str, str]) -> dict[str, str]:
    """The labels by which alerts are routed, the severity left out."""
    return {name: value for name, value in labels.items() if name not in ("severity", "priority", "level")}


def milder(opinions: list[Opinion]) -> dict[int, Opinion]:
    """Rule id to the more severe half of the same pair: one signal, two thresholds, the milder one less severe."""
    groups: dict[tuple[str, str], list[Opinion]] = {}
    for opinion, threshold in _thresholds(opinions):
        groups.setdefault((threshold.signal, threshold.op[0]), []).append(opinion)
    found: dict[int, Opinion] = {}
    for group in groups.values():
        if len(group) == 1:
            continue
        strongest = max(group, key=lambda other: severity(other.judged.rule.labels))
        rank = severity(strongest.judged.rule.labels)
        found.update(
            (opinion.judged.rule.id, strongest) for opinion in group if severity(opinion.judged.rule.labels) < rank
        )
    return found


def _thresholds(opinions: Iterable[Opinion]) -> Iterator[tuple[Opinion, Threshold]]:
    for opinion in opinions:
        if opinion.likeness is not None and opinion.likeness.threshold is not None:
            yield opinion, opinion.likeness.threshold
