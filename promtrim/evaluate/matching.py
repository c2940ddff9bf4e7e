"""Vector matching: which series of two sides meet, which labels what comes out has, and whether an evaluation may fail."""

from __future__ import annotations

from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.labels import ANYTHING, Labels, drop, keep_only, nameless
from promtrim.evaluate.result import Result
from promtrim.evaluate.same import COMPARISONS
from promtrim.evaluate.told import of_matching, stay_apart
from promtrim.knowledge.series import OF_TARGETS
from promtrim.promql.tree import Aggregate, Binary, Call, Node, Number, Selector
from promtrim.promql.walk import strip_parens, walk


def unnamed(node: Binary, labels: Labels) -> Labels:
    """Without the metric name, which Prometheus 2.42 keeps for ``atan2`` alone."""
    if node.op == "atan2":
        return Labels({**labels.known, "__name__": ANYTHING}, labels.open)
    return nameless(labels)


def matched_labels(node: Binary, left: Result, right: Result) -> Labels:
    """What is known of the labels of what comes out."""
    keeps_name = node.op in COMPARISONS and not node.bool
    if node.group is not None:
        many, one = (left, right) if node.group == "left" else (right, left)
        labels = many.labels if keeps_name else unnamed(node, many.labels)
        if node.include:
            known = dict(labels.known)
            for name in node.include:
                known[name] = one.labels.get(name)
            labels = Labels(known, labels.open)
        return labels
    labels = left.labels
    if node.on is not None:
        return keep_only(labels, tuple(name for name in node.on if name != "__name__" or keeps_name))
    if node.ignoring:
        labels = drop(labels, node.ignoring)
    return labels if keeps_name else unnamed(node, labels)


def matched_count(node: Binary, left: float, right: float) -> float:
    """How many series come out at most, of so many on each side."""
    if node.group == "left":
        return left if right else 0
    if node.group == "right":
        return right if left else 0
    if node.on == ():
        return min(left, right, 1)
    return min(left, right)


def may_collide(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> bool:
    """Whether more than one series of a side may fall into one matching group, which fails the evaluation."""
    lhs, rhs = left.healthy.hi, right.healthy.hi
    if node.group is not None:
        one, many = (right, left) if node.group == "left" else (left, right)
        # Labels taken over, and a name dropped, can make two of the many alike.
        alike = many.healthy.hi > 1 and (bool(node.include) or not many.metric)
        return alike or (one.healthy.hi > 1 and not _unique(evaluator, one, node))
    return (lhs > 1 and not _unique(evaluator, left, node)) or (rhs > 1 and not _unique(evaluator, right, node))


def _unique(evaluator: Evaluating, side: Result, node: Binary) -> bool:
    """Whether the matching labels tell all series of a side apart."""
    if node.on is None and not node.ignoring:
        return bool(side.metric)
    if node.on is not None and not side.labels.open and set(side.labels.known) <= set(node.on) | {"__name__"}:
        return True
    return stay_apart(evaluator, side.told, of_matching(node))


def always_match(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> bool:
    """Whether a series that is always on the left and one that is always on the right certainly match."""
    if node.on == ():
        return left.healthy.hi <= 1 and right.healthy.hi <= 1
    if of_one_scrape(evaluator, node, left, right):
        return True
    if left.labels.open or right.labels.open:
        return alike(left, right)
    return agree(node, left, right)


def agree(node: Binary, left: Result, right: Result) -> bool:
    """Whether both sides certainly have the same value of each label that is matched by, where those are all known."""
    names = node.on if node.on is not None else tuple(left.labels.known.keys() | right.labels.known.keys())
    for name in names:
        if name == "__name__" or name in (node.ignoring or ()):
            continue
        a, b = left.labels.get(name), right.labels.get(name)
        if a.fixed is None or a.fixed != b.fixed:
            return False
    return True


def alike(left: Result, right: Result) -> bool:
    """Whether two sides of which not all labels are known are one series of one metric, with the labels it came with."""
    return (
        left.metric == right.metric != ""
        and left.healthy.hi <= 1
        and right.healthy.hi <= 1
        and left.labels.known == right.labels.known
        and not _relabels(left.node)
        and not _relabels(right.node)
    )


def _relabels(node: Node) -> bool:
    """Whether an expression gives its series labels that they did not come with."""
    return any(
        (isinstance(each, Call) and each.function in ("label_replace", "label_join", "info"))
        or (isinstance(each, Aggregate) and each.op == "count_values")
        or (isinstance(each, Binary) and bool(each.include))
        for each in walk(node)
    )


def of_one_scrape(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> bool:
    """Whether both sides are of one exporter and meet by the labels of its targets: each target exports both.

    One of the sides must ask for nothing else, so that it is there for whatever target has the other.
    """
    names = node.on
    if names is None or not OF_TARGETS.issuperset(names):
        return False
    first, second = _bare(left.node), _bare(right.node)
    if first is None or second is None:
        return False
    one, other = evaluator.metrics.known(first.name or ""), evaluator.metrics.known(second.name or "")
    if len(one) != 1 or len(other) != 1 or one[0].ruleset != other[0].ruleset:
        return False
    if any("instance" in (known.metric.identity or ()) for known in (*one, *other)):
        return False  # of each target there is one, whosever it is
    asked = [{matcher.name for matcher in each.matchers} for each in (first, second)]
    pairs = [(left.labels.get(name), right.labels.get(name)) for name in names]
    return any(each.issubset(names) for each in asked) and all(a == b or ANYTHING in (a, b) for a, b in pairs)


def _bare(node: Node) -> Selector | None:
    """The selector whose samples an expression is made of, with all their labels: ``x``, ``x * 2 > 1``; else None."""
    node = strip_parens(node)
    while isinstance(node, Binary) and node.op not in ("and", "or", "unless"):
        if isinstance(strip_parens(node.rhs), Number):
            node = strip_parens(node.lhs)
        elif isinstance(strip_parens(node.lhs), Number):
            node = strip_parens(node.rhs)
        else:
            return None
    return node if isinstance(node, Selector) and not node.alternatives and node.at is None and not node.offset else None
