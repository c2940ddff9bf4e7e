"""Functions of range vectors: ``rate`` and its like, and the ``*_over_time`` family."""

from __future__ import annotations

from msgspec import structs

from promtrim.evaluate import interval as iv
from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.interval import ANY, AT_LEAST_ONE, FINITE, NON_NEGATIVE, ONE, ZERO, Interval
from promtrim.evaluate.labels import nameless
from promtrim.evaluate.mapping import Valued, mapped_state, to
from promtrim.evaluate.result import INF, Note, Result, State, anything, never
from promtrim.knowledge.series import Because
from promtrim.promql.tree import Call, Node, Range, Subquery


class OverTime:
    """How a function of a range vector maps values, and how many samples it needs."""

    def __init__(self, mapped: Valued, samples: int = 1, keeps_name: bool = False) -> None:
        self.mapped = mapped
        self.samples = samples
        self.keeps_name = keeps_name


def _rate(value: Interval) -> Interval:
    if value.constant and value.finite:
        return ZERO
    if value.lo >= 0 and not value.nan:
        return NON_NEGATIVE if value.finite else Interval(0.0, INF, nan=True, plus=True)
    return ANY  # past a NaN a fall is not seen as a reset


def _difference(value: Interval) -> Interval:
    if value.constant and value.finite:
        return ZERO
    return Interval(nan=value.nan or not value.finite)


def _slope(value: Interval) -> Interval:
    """Of a regression: sums of products overflow long before the values do."""
    return ZERO if value.constant and value.finite else Interval(nan=not value.squares)


def _count_changes(value: Interval) -> Interval:
    return ZERO if value.constant else Interval(0.0, INF, integer=True, plus=True)


def _sum_over_time(value: Interval) -> Interval:
    return iv.scale(value, 1, INF)


def _mean(value: Interval) -> Interval:
    return iv.roughly(value) if not (value.constant and value.integer) else value


def _spread(value: Interval) -> Interval:
    return Interval(0.0, 0.0 if value.constant else INF, nan=not value.squares, plus=True)


def _prediction(value: Interval) -> Interval:
    """For a duration that is a number."""
    return value if value.constant and value.finite else ANY


def _same(value: Interval) -> Interval:
    return value


OVER_TIME: dict[str, OverTime] = {
    "rate": OverTime(_rate, 2),
    "increase": OverTime(_rate, 2),
    "irate": OverTime(_rate, 2),
    "delta": OverTime(_difference, 2),
    "idelta": OverTime(_difference, 2),
    "deriv": OverTime(_slope, 2),
    "changes": OverTime(_count_changes),
    "resets": OverTime(_count_changes),
    "avg_over_time": OverTime(_mean),
    "min_over_time": OverTime(_same),
    "max_over_time": OverTime(_same),
    "last_over_time": OverTime(_same, keeps_name=True),
    "first_over_time": OverTime(_same, keeps_name=True),
    "sum_over_time": OverTime(_sum_over_time),
    "count_over_time": OverTime(to(AT_LEAST_ONE)),
    "present_over_time": OverTime(to(ONE)),
    "stddev_over_time": OverTime(_spread),
    "stdvar_over_time": OverTime(_spread),
    "mad_over_time": OverTime(_spread),
    "ts_of_min_over_time": OverTime(to(FINITE)),
    "ts_of_max_over_time": OverTime(to(FINITE)),
    "ts_of_last_over_time": OverTime(to(FINITE)),
    "ts_of_first_over_time": OverTime(to(FINITE)),
}


_STILL = frozenset(
    ("rate", "increase", "irate", "delta", "idelta", "deriv", "changes", "resets", "stddev_over_time", "stdvar_over_time")
)
"""What is 0 of a value that does not change."""


def over_time(evaluator: Evaluating, node: Call, args: tuple[Result, ...], how: OverTime) -> Result:
    inner = next((arg for arg in args if arg.kind == "matrix"), None)
    if inner is None:
        return anything(node, args)
    if inner.never:
        return never(node, inner.note, error=any(arg.error for arg in args))
    if how.samples > 1 and evaluator.view.topology and _too_short(evaluator, inner.node):
        text = "the range is no longer than the scrape interval, so it never holds the two samples that this needs"
        return never(node, Note(node, "nothing, ever", Because(text, "the topology's scrape intervals and version")))
    if inner.steady and node.function in _STILL and inner.possible.value.finite and not inner.possible.value.nan:
        how = OverTime(to(ZERO), how.samples)
    labels = inner.labels if how.keeps_name else nameless(inner.labels)
    error = any(arg.error for arg in args)
    possible = mapped_state(inner.possible, how.mapped)
    healthy = possible if inner.healthy is inner.possible else mapped_state(inner.healthy, how.mapped)
    if how.samples > 1 and healthy.lo and not _enough(evaluator, inner.node):
        possible, healthy = State(0, possible.hi, possible.value), State(0, healthy.hi, healthy.value)
    return Result(
        node, possible, healthy, labels, error=error, note=inner.note, parts=args, single=inner.single,
        metric=inner.metric, told=inner.told,
    )  # fmt: skip


def _too_short(evaluator: Evaluating, node: Node) -> bool:
    if not isinstance(node, Range) or not evaluator.scraping.never_two(node.range):
        return False
    # A recorded series comes with every evaluation, whoever records it.
    return node.selector.name is not None and ":" not in node.selector.name and node.selector.name not in evaluator.records


def _enough(evaluator: Evaluating, node: Node) -> bool:
    """Whether a range certainly holds two samples while nothing is wrong: three scrape intervals, one minute if open."""
    if isinstance(node, Range):
        return node.range >= 3 * evaluator.scraping.longest
    if isinstance(node, Subquery):
        return node.range >= 3 * (node.step or evaluator.evaluation_interval)
    return False


def predict_linear(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """The regression's value some time ahead: that of a constant, unless the time is no number."""
    ahead = args[-1].possible.value
    known = ahead.finite and not ahead.nan
    return over_time(evaluator, node, args, OverTime(_prediction if known else to(ANY), 2))


def smoothing(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    """Anything; a factor that does not lie between 0 and 1 is an error."""
    found = over_time(evaluator, node, args, OverTime(to(ANY), 2))
    factors = [arg.possible.value for arg in args if arg.kind == "scalar"]
    inside = all(each.lo > 0 and each.hi < 1 and not each.nan for each in factors)
    return found if inside else structs.replace(found, error=True)


def quantile_over_time(evaluator: Evaluating, node: Call, args: tuple[Result, ...]) -> Result:
    phi = args[0].possible.value
    inside = phi.lo >= 0 and phi.hi <= 1 and not phi.nan
    return over_time(evaluator, node, args, OverTime(_mean if inside else to(ANY)))
