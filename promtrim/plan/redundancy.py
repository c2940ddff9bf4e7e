"""How alerts relate: the same twice, one implied by another, the milder half of a pair. The first two are proofs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import combinations

import msgspec

from promtrim.evaluate.same import matcher_form, tree_form
from promtrim.judge.rule import Opinion
from promtrim.judge.signals import bare, constant_of
from promtrim.judge.tier import ORDER
from promtrim.promql.normal import normal_form
from promtrim.promql.tree import Aggregate, Binary, Call, Node, Range, Selector

SEVERITIES = (
    re.compile(r"(?i)crit|page|emerg|fatal|disaster|p0|p1|sev-?[01]$"),
    re.compile(r"(?i)^(error|high|major|p2|sev-?2)"),
    re.compile(r"(?i)^(warn|medium|minor|p3|sev-?3)"),
)


class Threshold(msgspec.Struct, frozen=True):
    """A plain alert ``subject op number``."""

    subject: Node
    op: str
    number: float


def severity(labels: dict[str, str]) -> int:
    """How severe the static labels say: 3 critical, 2 error, 1 warning, 0 less or nothing."""
    text = labels.get("severity") or labels.get("priority") or labels.get("level") or ""
    for rank, pattern in zip((3, 2, 1), SEVERITIES, strict=True):
        if pattern.search(text):
            return rank
    return 0


def duplicates(opinions: Iterable[Opinion]) -> dict[int, Opinion]:
    """Rule id to the earlier rule that says exactly the same: equal meaning, labels, ``for``, ``keep_firing_for``."""
    first: dict[tuple[object, ...], Opinion] = {}
    found: dict[int, Opinion] = {}
    for opinion in opinions:
        if opinion.node is None:
            continue
        rule = opinion.judged.rule
        key = (normal_form(opinion.node), tuple(sorted(rule.labels.items())), rule.for_, rule.keep_firing_for)
        earlier = first.setdefault(key, opinion)
        if earlier is not opinion:
            found[rule.id] = earlier
    return found


def threshold_of(node: Node) -> Threshold | None:
    """The parts of a plain comparison with a number; None for any other expression."""
    node = bare(node)
    if not isinstance(node, Binary) or node.bool or node.op not in _STRONGER:
        return None
    number = constant_of(node.rhs)
    if number is not None:
        return Threshold(bare(node.lhs), node.op, number)
    number = constant_of(node.lhs)
    return Threshold(bare(node.rhs), _MIRRORED[node.op], number) if number is not None else None


_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "=="}
_STRONGER: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a >= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a <= b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
}


def implied(opinions: list[Opinion]) -> dict[int, Opinion]:
    """Rule id to another alert that fires whenever this one does, is at least as severe and no slower.

    Never both of a pair; the duplicate check comes before.
    """
    alerts = [(opinion, _split(threshold)) for opinion in opinions if (threshold := _threshold(opinion)) is not None]
    by_form: dict[tuple[object, frozenset[Condition]], list[tuple[Opinion, Split]]] = {}
    for opinion, split in alerts:
        by_form.setdefault((split.skeleton, split.conditions), []).append((opinion, split))
    result: dict[int, Opinion] = {}
    for opinion, split in alerts:
        for conditions in _subsets(split.conditions):
            for other, wider in by_form.get((split.skeleton, conditions), ()):
                if other is opinion or other.judged.rule.id in result:
                    continue
                if _implies(opinion, split.threshold, other, wider.threshold):
                    result[opinion.judged.rule.id] = other
                    break
            if opinion.judged.rule.id in result:
                break
    return result


Condition = tuple[str, str, str]
"""A matcher: label, operator, value."""


class Split(msgspec.Struct, frozen=True):
    """A threshold's subject as a form without its selector's conditions, and these conditions.

    Of two alerts with one skeleton, the one with a subset of the other's conditions sees every series that the other
    sees, with the same value or, summed up, one not smaller.
    """

    threshold: Threshold
    skeleton: object
    conditions: frozenset[Condition] = frozenset()


def _threshold(opinion: Opinion) -> Threshold | None:
    return threshold_of(opinion.node) if opinion.node is not None else None


def _split(threshold: Threshold) -> Split:
    subject, op = threshold.subject, threshold.op[0]
    wrapping: tuple[object, ...] = ()
    inner = subject
    if isinstance(inner, Aggregate) and inner.op in ("sum", "count", "max") and inner.without is None and op == ">":
        # A sum over more of non-negative series is not smaller, so it exceeds what the smaller one exceeds.
        wrapping = (inner.op, tuple(sorted(inner.by or ())))
        inner = bare(inner.expr)
        if wrapping[0] == "sum" and not (isinstance(inner, Call) and inner.function in _COUNTING):
            return Split(threshold, (tree_form(subject), op))
    if isinstance(inner, Call) and inner.function in _COUNTING and len(inner.args) == 1:
        wrapping = (*wrapping, inner.function)
        inner = bare(inner.args[0])
    if isinstance(inner, Range):
        wrapping = (*wrapping, inner.range)
        inner = inner.selector
    if not isinstance(inner, Selector) or inner.name is None or inner.alternatives:
        return Split(threshold, (tree_form(subject), op))
    skeleton = (wrapping, inner.name, inner.offset, inner.at, op)
    return Split(threshold, skeleton, frozenset(matcher_form(inner.matchers)))


_COUNTING = frozenset(("rate", "increase", "irate"))


def _subsets(conditions: frozenset[Condition]) -> list[frozenset[Condition]]:
    """The conditions themselves, then each of their subsets, the larger ones first; of very many, themselves alone."""
    ordered = sorted(conditions)
    if len(ordered) > 8:
        return [conditions]
    return [frozenset(each) for size in range(len(ordered), -1, -1) for each in combinations(ordered, size)]


def _implies(opinion: Opinion, threshold: Threshold, other: Opinion, wider: Threshold) -> bool:
    """Whether the second fires whenever the first does, given that it sees at least the same series."""
    rule, heard = opinion.judged.rule, other.judged.rule
    if heard.for_ > rule.for_ or heard.keep_firing_for < rule.keep_firing_for:
        return False
    if severity(heard.labels) < severity(rule.labels) or ORDER[other.judged.tier] < ORDER[opinion.judged.tier]:
        return False
    if threshold.number == wider.number:
        return threshold.op == wider.op or wider.op.endswith("=")
    return _STRONGER[threshold.op](threshold.number, wider.number)


def milder(opinions: list[Opinion]) -> dict[int, Opinion]:
    """Rule id to the more severe half of the same pair: one signal, two thresholds, the milder one less severe."""
    groups: dict[object, list[Opinion]] = {}
    for opinion in opinions:
        threshold = threshold_of(opinion.node) if opinion.node is not None else None
        if threshold is not None:
            groups.setdefault((signal_form(threshold.subject), threshold.op[0]), []).append(opinion)
    found: dict[int, Opinion] = {}
    for group in groups.values():
        strongest = max(group, key=lambda other: severity(other.judged.rule.labels))
        for opinion in group:
            if severity(opinion.judged.rule.labels) < severity(strongest.judged.rule.labels):
                found[opinion.judged.rule.id] = strongest
    return found


def signal_form(node: Node) -> object:
    """What is measured, whatever the quantile, the range and the unit: two thresholds on it are a pair."""
    return _blurred(tree_form(node))


def _blurred(form: object) -> object:
    if not isinstance(form, tuple):
        return form
    if form and form[0] == "call" and form[1] == "histogram_quantile":
        return ("quantile", _blurred(form[3]))
    if form and form[0] == "range":
        return ("range", _blurred(form[1]))
    if form and form[0] == "binary" and form[1] in ("*", "/") and isinstance(form[3], float):
        return _blurred(form[2])
    return tuple(_blurred(part) for part in form)
