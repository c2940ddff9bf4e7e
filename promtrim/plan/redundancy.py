"""How alerts relate: the same twice, one implied by another, the milder half of a pair. The first two are proofs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
    groups: dict[str, list[tuple[Opinion, Threshold]]] = {}
    for opinion in opinions:
        found = threshold_of(opinion.node) if opinion.node is not None else None
        if found is not None and opinion.signals:
            groups.setdefault(opinion.signals[0].metric, []).append((opinion, found))
    result: dict[int, Opinion] = {}
    for group in groups.values():
        for opinion, threshold in group:
            for other, wider in group:
                if other is opinion or other.judged.rule.id in result:
                    continue
                if _implies(opinion, threshold, other, wider):
                    result[opinion.judged.rule.id] = other
                    break
    return result


def _implies(opinion: Opinion, threshold: Threshold, other: Opinion, wider: Threshold) -> bool:
    rule, heard = opinion.judged.rule, other.judged.rule
    if heard.for_ > rule.for_ or heard.keep_firing_for < rule.keep_firing_for:
        return False
    if severity(heard.labels) < severity(rule.labels) or ORDER[other.judged.tier] < ORDER[opinion.judged.tier]:
        return False
    ops = {threshold.op, wider.op}
    if len(ops) > 1 and not (ops <= {">", ">="} or ops <= {"<", "<="}):
        return False
    if not _STRONGER[threshold.op](threshold.number, wider.number):
        return False
    if threshold.number == wider.number and threshold.op in (">=", "<=") and wider.op in (">", "<"):
        return False
    return _covers(threshold.subject, wider.subject, threshold.op)


def _covers(narrow: Node, wide: Node, op: str) -> bool:
    """Whether each series of ``narrow`` is one of ``wide`` with the same value, or, aggregated, one not smaller."""
    if tree_form(narrow) == tree_form(wide):
        return True
    if isinstance(narrow, Aggregate) and isinstance(wide, Aggregate):
        # A sum over more of non-negative series is not smaller, so it exceeds what the smaller one exceeds.
        if op not in (">", ">=") or narrow.op != wide.op or narrow.op not in ("sum", "count", "max"):
            return False
        if sorted(narrow.by or ()) != sorted(wide.by or ()) or narrow.without is not None or wide.without is not None:
            return False
        inner = bare(narrow.expr)
        non_negative = narrow.op in ("count", "max") or (
            isinstance(inner, Call) and inner.function in ("rate", "increase", "irate")
        )
        return non_negative and _subset(inner, bare(wide.expr))
    return _subset(narrow, wide)


def _subset(narrow: Node, wide: Node) -> bool:
    """Whether the series of a plain selector, or a rate of one, are among those of another."""
    if isinstance(narrow, Call) and isinstance(wide, Call):
        same = narrow.function == wide.function and narrow.function in ("rate", "increase", "irate")
        return same and _subset(bare(narrow.args[0]), bare(wide.args[0]))
    if isinstance(narrow, Range) and isinstance(wide, Range):
        return narrow.range == wide.range and _subset(narrow.selector, wide.selector)
    if not (isinstance(narrow, Selector) and isinstance(wide, Selector)):
        return False
    same = narrow.name == wide.name and narrow.offset == wide.offset and narrow.at == wide.at
    plain = not narrow.alternatives and not wide.alternatives and narrow.name is not None
    return same and plain and set(matcher_form(wide.matchers)) <= set(matcher_form(narrow.matchers))


def milder(opinions: list[Opinion]) -> dict[int, Opinion]:
    """Rule id to the more severe half of the same pair: one signal, two thresholds, the milder one less severe."""
    groups: dict[object, list[Opinion]] = {}
    for opinion in opinions:
        threshold = threshold_of(opinion.node) if opinion.node is not None else None
        if threshold is not None:
            groups.setdefault((signal_form(threshold.subject), threshold.op[0]), []).append(opinion)
    found: dict[int, Opinion] = {}
    for group in groups.values():
        for opinion in group:
            rank = severity(opinion.judged.rule.labels)
            stronger = [other for other in group if severity(other.judged.rule.labels) > rank]
            if stronger:
                found[opinion.judged.rule.id] = max(stronger, key=lambda other: severity(other.judged.rule.labels))
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
