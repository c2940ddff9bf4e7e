"""Functions: one table from name to what it does to counts, labels and values.

The table covers the functions of Prometheus 2.42 and 3.x. A function that is not in it may return anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from promtrim.evaluate import interval as iv
from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.interval import ANY, ONE, Interval
from promtrim.evaluate.labels import ANYTHING, EMPTY, LABEL_NAME, Labels, Values, drop, nameless
from promtrim.evaluate.mapping import MAPPED, Valued, mapped_state, to
from promtrim.evaluate.over_time import OVER_TIME, over_time, predict_linear, quantile_over_time, smoothing
from promtrim.evaluate.result import INF, NEVER, Note, Result, State, anything, never, scalar
from promtrim.evaluate.told import told_relabelled
from promtrim.knowledge.series import Because
from promtrim.patterns import safe
from promtrim.promql.tree import Aggregate, Call, Node, Paren, Range, Selector, String


def call(evaluator: Evaluating, node: Call) -> Result:
    """Any function call."""
    args = tuple(evaluator.evaluate(arg) for arg in node.args)
    name = node.function
    clock = _CLOCK.get(name)
    if clock is not None:
        return _clock(node, args, clock)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(evaluator, node, args)
    how = OVER_TIME.get(name)
    if how is not None:
        return over_time(evaluator, node, args, how)
    mapped = MAPPED.get(name)
    if mapped is not None:
        return _map(node, args, mapped)
    return anything(node, args)


def _map(node: Call, args: tuple[Result, ...], mapped: Valued, labels: Labels | None = None) -> Result:
    """A function of each sample's value that drops the metric name."""
    inner = next((arg for arg in args if arg.kind != "scalar" and arg.kind != "string"), None)
    if inner is None:
        return anything(node, args)
    error = any(arg.error for arg in args)
    if inner.never:
        return never(node, inner.note, error=error)
    possible = mapped_state(inner.possible, mapped)
    healthy = possible if inner.healthy is inner.possible else mapped_state(inner.healthy, mapped)
    return Result(
        node, possible, healthy, labels or nameless(inner.labels), error=error, note=inner.note, parts=args,
        single=inner.single, metric=inner.metric, told=inner.told,
    )  # fmt: skip


def _clock(node: Call, args: tuple[Result, ...], value: Interval) -> Result:
    """``hour()`` and the like: of the evaluation time, or of each sample's value as a timestamp."""
    if args:
        return _map(node, args, lambda inner: msgspec.structs.replace(value, nan=inner.nan or not inner.finite))
    state = State(1, 1, value)
    return Result(node, state, state, Labels(open=False), single=True, metric=node.function + "()")


_CLOCK: dict[str, Interval] = {
    "hour": Interval(0.0, 23.0, integer=True, plus=True),
    "minute": Interval(0.0, 59.0, integer=True, plus=True),
    "month": Interval(1.0, 12.0, integer=True),
    "year": Interval(integer=True, plus=True),
    "day_of_week": Interval(0.0, 6.0, integer=True, plus=True),
    "day_of_month": Interval(1.0, 31.0, integer=True),
    "day_of_year": Interval(1.0, 366.0, integer=True),
    "days_in_month": Interval(28.0, 31.0, integer=True),
}


_MOMENT = Interval(0.0, INF, hi_open=True, plus=True)
"""Seconds since 1970."""


def _time(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    return scalar(node, _MOMENT)


def _pi(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    return scalar(node, iv.constant(math.pi))


def _vector(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    inner = args[0]
    return Result(
        node, inner.possible, inner.healthy, Labels(open=False), error=inner.error, parts=args, single=True,
        metric=inner.metric,
    )  # fmt: skip


def _scalar(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """The one sample's value; NaN where there are none or several."""
    inner = args[0]

    def value(state: State) -> Interval:
        if state.hi == 0:
            return Interval(INF, -INF, nan=True)
        if state.lo and state.hi == 1:
            return state.value
        found = state.value
        return msgspec.structs.replace(found, nan=True)

    result = scalar(node, value(inner.possible), value(inner.healthy), args)
    return Result(
        node, result.possible, result.healthy, result.labels, "scalar", inner.error, inner.note, args, True, (),
        inner.metric,
    )  # fmt: skip


def _absent(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """1 where the argument returns nothing, else nothing; labels from the selector's equalities."""
    inner = args[0]
    labels = Labels(_absent_labels(node.args[0]), False)
    if inner.possible.lo:
        text = "what it asks for is always there"
        return never(node, Note(node, "nothing, ever", Because(text, "PromQL", "logic")), error=inner.error)
    possible = State(1 if inner.possible.hi == 0 else 0, 1, ONE)
    if inner.healthy.lo:
        healthy = NEVER
    else:
        healthy = State(1 if inner.healthy.hi == 0 else 0, 1, ONE)
    note = inner.note
    if possible.lo and note is not None:
        note = Note(node, "always 1", None, (note,))
    return Result(node, possible, healthy, labels, error=inner.error, note=note, parts=args, single=True,
                  metric="absent " + inner.metric)  # fmt: skip


def _absent_labels(node: Node) -> dict[str, Values]:
    while isinstance(node, Paren):
        node = node.expr
    if isinstance(node, Range):
        node = node.selector
    if not isinstance(node, Selector):
        return {}
    equal = [matcher for matcher in node.matchers if matcher.op == "=" and matcher.name != "__name__"]
    names = [matcher.name for matcher in node.matchers]
    # Of several conditions on one label, their order decides whether it is kept.
    return {m.name: Values(frozenset((m.value,) if names.count(m.name) == 1 else (m.value, ""))) for m in equal}


def _clamp(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    bounds = [arg.possible.value for arg in args[1:]]
    name = node.function

    def mapped(value: Interval) -> Interval:
        lo, hi = value.lo, value.hi
        nan = value.nan or any(bound.nan for bound in bounds)
        if name != "clamp_max":
            lo, hi = max(lo, bounds[0].lo), max(hi, bounds[0].hi)
        if name != "clamp_min":
            lo, hi = min(lo, bounds[-1].lo), min(hi, bounds[-1].hi)
        return Interval(lo, hi, nan=nan, plus=value.plus and all(bound.plus for bound in bounds))

    result = _map(node, args, mapped)
    if name == "clamp" and bounds[0].hi > bounds[1].lo and not result.never:
        # A lower bound above the upper one gives an empty result.
        possible, healthy = result.possible, result.healthy
        return Result(node, State(0, possible.hi, possible.value), State(0, healthy.hi, healthy.value), result.labels,
                      error=result.error, note=result.note, parts=args, single=result.single,
                      metric=result.metric, told=result.told)  # fmt: skip
    return result


def _round(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    if len(args) == 1:
        def mapped(value: Interval) -> Interval:
            lo = float(math.floor(value.lo + 0.5)) if math.isfinite(value.lo) else value.lo
            hi = float(math.floor(value.hi + 0.5)) if math.isfinite(value.hi) else value.hi
            return Interval(lo, hi, nan=value.nan, integer=True, plus=True)
    else:
        step = args[1].possible.value

        def mapped(value: Interval) -> Interval:
            if not step.constant or not step.finite:
                return ANY
            room = abs(step.lo)
            return Interval(value.lo - room, value.hi + room, nan=value.nan or step.lo == 0)

    return _map(node, args, mapped)


def _same_samples(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """``sort`` and its like: the same series in another order."""
    inner = args[0]
    return Result(
        node, inner.possible, inner.healthy, inner.labels, inner.kind, inner.error, inner.note, args, inner.single,
        inner.bounds, inner.metric, inner.told,
    )  # fmt: skip


def _relabelled(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """``label_replace`` and ``label_join``: one label may change; two series may become one, which is an error."""
    inner = args[0]
    refused = not _relabels(node)
    if inner.never:
        return never(node, inner.note, error=inner.error or refused)
    target = node.args[1]
    name = target.value if isinstance(target, String) else None
    known = dict(inner.labels.known)
    if name is not None:
        known[name] = _new_label(node, inner.labels)
    labels = Labels(known, inner.labels.open) if name is not None else Labels()
    collide = inner.possible.hi > 1
    return Result(
        node, inner.possible, inner.healthy, labels, error=inner.error or collide or refused, note=inner.note, parts=args,
        single=inner.single, bounds=inner.bounds if inner.single else (),
        metric=inner.metric if name != "__name__" else "",
        told=told_relabelled(inner.told, name),
    )  # fmt: skip


def _relabels(node: Call) -> bool:
    """Whether the names of labels and the pattern are certainly such as every version takes."""
    texts = [arg.value if isinstance(arg, String) else None for arg in node.args[1:]]
    if node.function == "label_join":
        names = [texts[0], *texts[2:]]
    else:
        names = texts[:1]
        if len(texts) < 4 or texts[3] is None or safe(texts[3]) is None:
            return False
    return all(name is not None and LABEL_NAME.fullmatch(name) for name in names)


def _new_label(node: Call, labels: Labels) -> Values:
    if node.function == "label_replace" and len(node.args) == 5:
        replacement, pattern = node.args[2], node.args[4]
        if isinstance(replacement, String) and isinstance(pattern, String) and "$" not in replacement.value:
            source = node.args[3]
            empty = isinstance(source, String) and labels.get(source.value) == EMPTY
            if pattern.value == ".*" or (pattern.value == "" and empty):
                return Values(frozenset((replacement.value,)))
    return ANYTHING


def _histogram_quantile(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """The quantile of each histogram: series that differ in ``le`` alone are one."""
    inner = args[-1] if node.function == "histogram_quantile" else args[0]
    error = any(arg.error for arg in args)
    if inner.never:
        return never(node, inner.note, error=error)
    labels = nameless(drop(inner.labels, ("le",)))
    le = inner.labels.get("le")
    classic = _classic(evaluator, inner)
    if classic and le == EMPTY:
        text = "the label 'le' is gone, and without it there are no buckets to take a quantile of"
        note = Note(node, "nothing, ever", Because(text, "PromQL, histogram_quantile", "logic"))
        return never(node, note, error=error)
    one = not labels.open and not any(values is not EMPTY for values in labels.known.values())
    hi = 1 if one else inner.possible.hi
    state = State(0, hi, ANY)
    return Result(node, state, state, labels, error=error, note=inner.note, parts=args, single=hi == 1,
                  metric=inner.metric, told=told_relabelled(inner.told, "le"))  # fmt: skip


def _classic(evaluator: Evaluating, result: Result) -> bool:
    """Whether the series are known to be buckets of a classic histogram."""
    if not result.metric.endswith("_bucket"):
        return False
    return any(known.part == "bucket" for known in evaluator.metrics.known(result.metric))


def _of_histogram(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """What is read off native histograms; other samples are left out. Observations, their share and their variance are
    never below zero, but in a difference of histograms."""
    inner = node.args[-1]
    while isinstance(inner, Paren | Aggregate) or (isinstance(inner, Call) and inner.function in ("rate", "increase")):
        inner = inner.args[0] if isinstance(inner, Call) else inner.expr
    plain = isinstance(inner, Selector | Range)
    signed = node.function in ("histogram_sum", "histogram_avg") or not plain
    most = 1.0 + iv.SLACK if node.function == "histogram_fraction" else INF
    found = _map(node, args, to(ANY if signed else Interval(0.0, most, nan=True)))
    possible, healthy = found.possible, found.healthy
    return msgspec.structs.replace(
        found, possible=State(0, possible.hi, possible.value), healthy=State(0, healthy.hi, healthy.value)
    )


def _hardly_known(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """Anything, but nothing where the argument is nothing."""
    return never(node, args[0].note, error=True) if args[0].never else anything(node, args)


def _scalar_of(value: Interval) -> Callable[[Evaluating, Call, tuple[Result, ...]], Result]:
    return lambda evaluator, node, args: scalar(node, value, parts=args)


_SPECIAL: dict[str, Callable[[Evaluating, Call, tuple[Result, ...]], Result]] = {
    "time": _time,
    "pi": _pi,
    "vector": _vector,
    "scalar": _scalar,
    "absent": _absent,
    "absent_over_time": _absent,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "clamp_max": _clamp,
    "round": _round,
    "sort": _same_samples,
    "sort_desc": _same_samples,
    "sort_by_label": _same_samples,
    "sort_by_label_desc": _same_samples,
    "label_replace": _relabelled,
    "label_join": _relabelled,
    "histogram_quantile": _histogram_quantile,
    **dict.fromkeys(
        ("histogram_avg", "histogram_count", "histogram_fraction", "histogram_stddev", "histogram_stdvar", "histogram_sum"),
        _of_histogram,
    ),
    "histogram_quantiles": _hardly_known,
    "quantile_over_time": quantile_over_time,
    "predict_linear": predict_linear,
    "holt_winters": smoothing,
    "double_exponential_smoothing": smoothing,
    "info": _hardly_known,
    "start": _scalar_of(_MOMENT),
    "end": _scalar_of(_MOMENT),
    "range": _scalar_of(_MOMENT),
    "step": _scalar_of(_MOMENT),
    "max_of": _scalar_of(ANY),
    "min_of": _scalar_of(ANY),
}
