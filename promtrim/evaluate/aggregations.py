"""Aggregations: what many series become, per group, and what over a single one stays what it was."""

from __future__ import annotations

import math

from promtrim.evaluate import interval as iv
from promtrim.evaluate.choices import choices
from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.interval import AT_LEAST_ONE, ONE, Interval
from promtrim.evaluate.labels import EMPTY, LABEL_NAME, SET, Labels, drop, keep_only, nameless
from promtrim.evaluate.result import INF, Note, Result, State, Told, anything, never
from promtrim.evaluate.told import of_grouping, stay_apart, told_of_groups
from promtrim.knowledge.series import Apart, Because
from promtrim.promql.tree import Aggregate, Paren, String

SELECTING = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))
"""They pass series on with all their labels."""

BIGGEST = 2.0**63
"""A parameter ``k`` beyond this is refused."""


def aggregate(evaluator: Evaluating, node: Aggregate) -> Result:
    """Any aggregation."""
    inner = evaluator.evaluate(node.expr)
    parameter = evaluator.evaluate(node.param) if node.param is not None else None
    error = inner.error or (parameter is not None and parameter.error)
    if inner.never:
        return never(node, inner.note, error=error)
    if node.op in SELECTING or node.op == "count_values":
        evaluator.fleeting += 1
    if node.op in SELECTING:
        return _selected(node, inner, parameter)
    labels = _grouped(node, inner.labels)
    if node.op == "count_values":
        name = _text(node.param)
        if name is None:
            return anything(node, (inner,))
        error = error or not LABEL_NAME.fullmatch(name)
        labels = Labels({**labels.known, name: SET}, labels.open)
        possible = _count_values(inner.possible)
        healthy = possible if inner.healthy is inner.possible else _count_values(inner.healthy)
        return Result(node, possible, healthy, labels, error=error, note=inner.note, parts=(inner,),
                      single=inner.single, metric=inner.metric)  # fmt: skip
    alone = stay_apart(evaluator, inner.told, of_grouping(node, inner.labels))
    told = told_of_groups(evaluator, node, inner, alone)
    groups = groups_of(labels)
    if told is not None and told.series is not None:
        groups = min(groups, _combinations(told, told.series, labels))
    phi = parameter.possible.value if parameter is not None else None
    possible = _aggregated(node.op, inner.possible, groups, phi, alone)
    healthy = possible if inner.healthy is inner.possible else _aggregated(node.op, inner.healthy, groups, phi, alone)
    note = _why(node, inner, told, "one series in each group" if alone else "one group" if groups <= 1 else "some groups")
    if node.op == "sum" and groups <= 1 and (parts := [evaluator.evaluate(each) for each in choices(evaluator, inner)]):
        healthy, note = _at_least(healthy, parts), next((each.note for each in parts if each.always), note)
    return Result(
        node, possible, healthy, labels, error=error, note=note, parts=(inner,),
        single=inner.single or groups <= 1, metric=inner.metric, told=told, alone=alone,
    )  # fmt: skip


def _grouped(node: Aggregate, labels: Labels) -> Labels:
    if node.without is not None:
        return nameless(drop(labels, node.without))
    return keep_only(labels, node.by or ())


def groups_of(labels: Labels) -> float:
    """How many different label sets there can be."""
    if labels.open:
        return INF
    total = 1.0
    for values in labels.known.values():
        if values is EMPTY:
            continue
        if values.allowed is None:
            return INF
        total *= len(values.allowed)
    return total


def _at_least(state: State, parts: list[Result]) -> State:
    """The sum over several values of a label: no less than that of the least series which are always there for each."""
    if state.value.lo < 0 or any(part.healthy.value.lo < 0 for part in parts):
        return state
    least = sum(part.healthy.value.lo for part in parts if part.healthy.lo)
    return State(state.lo, state.hi, iv.intersect(state.value, Interval(least * (1 - iv.SLACK), INF, nan=True)))


def _combinations(told: Told, apart: Apart, labels: Labels) -> float:
    """How many groups there can be that these labels tell apart, some of which may name what the topology counts."""
    total = 1.0
    for label in apart.by:
        values = labels.get(label)
        count = groups_of(Labels({label: values}, False))
        counted = told.counts.get(label)
        total *= count if counted is None else min(count, counted + (not values.present))
    return total


def _why(node: Aggregate, inner: Result, told: Told | None, result: str) -> Note | None:
    """Why it returns what it returns; numbers of series say nothing of their values."""
    because = told.series.because if told is not None and told.series is not None else None
    if inner.single or because is None:
        return inner.note
    of = (inner.note,) if inner.note is not None and node.op not in ("count", "group", "stddev", "stdvar") else ()
    return Note(node, result, because, of)


def _aggregated(op: str, state: State, groups: float, phi: Interval | None, alone: bool) -> State:
    """One series per group; with more than one group the input is shared out among them."""
    if state.hi == 0:
        return state
    hi = min(state.hi, groups)
    low = state.lo if groups <= 1 else min(state.lo, 1)
    group = State(state.lo, 1, state.value) if alone else state
    return State(min(state.lo, 1), hi, _value(op, group, low, phi))


def _value(op: str, state: State, least: float, phi: Interval | None) -> Interval:
    value, most = state.value, state.hi
    single = most == 1
    if op == "sum":
        return value if single else iv.scale(value, max(least, 1), most)
    if op in ("min", "max"):
        return value
    if op == "avg":
        return value if single or (value.constant and value.integer) else iv.roughly(value)
    if op == "count":
        return Interval(max(least, 1.0), most, integer=True) if most < INF else AT_LEAST_ONE
    if op == "group":
        return ONE
    if op in ("stddev", "stdvar"):
        return Interval(0.0, 0.0 if single else INF, nan=not value.squares, plus=True)
    if op == "quantile":
        if phi is not None and phi.lo >= 0 and phi.hi <= 1 and not phi.nan:
            # Of a single infinity too it is NaN: between the value and itself a part of nothing is taken.
            return value if single and value.finite else iv.roughly(value)
        return iv.ANY
    return iv.ANY


def _count_values(state: State) -> State:
    if state.hi == 0:
        return state
    return State(min(state.lo, 1) if state.value.constant else 0, state.hi,
                 Interval(1.0, state.hi, integer=True))  # fmt: skip


def _selected(node: Aggregate, inner: Result, parameter: Result | None) -> Result:
    """``topk`` and its like: some of the series, at most k per group."""
    k = parameter.possible.value if parameter is not None else iv.ANY
    # What is no number of series, or no share, is an error.
    error = inner.error or parameter is None or parameter.error or k.nan or not -BIGGEST < k.lo <= k.hi < BIGGEST
    sure = k.lo >= 1 and not k.nan and node.op != "limit_ratio"
    if node.op != "limit_ratio" and k.hi < 1 and not k.nan:
        text = f"{node.op} is asked for fewer than one series"
        return never(node, Note(node, "nothing, ever", Because(text, "PromQL", "logic")), error=error)
    group_count = groups_of(_grouped(node, inner.labels))
    most = math.floor(k.hi) * group_count if node.op != "limit_ratio" and math.isfinite(k.hi) else INF

    def some(state: State) -> State:
        if state.hi == 0:
            return state
        lo = 1 if state.lo and sure and state.hi <= 1 else 0
        return State(lo, min(state.hi, most), state.value)

    possible = some(inner.possible)
    healthy = possible if inner.healthy is inner.possible else some(inner.healthy)
    return Result(
        node, possible, healthy, inner.labels, error=error, note=inner.note, parts=(inner,),
        single=inner.single, metric=inner.metric, told=inner.told,
    )  # fmt: skip


def _text(node: object) -> str | None:
    while isinstance(node, Paren):
        node = node.expr
    return node.value if isinstance(node, String) else None


