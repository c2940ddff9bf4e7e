"""From a ruleset's words to sets of values: what type, range and conditions of a metric say of its samples."""

from __future__ import annotations

import math

import msgspec

from promtrim.knowledge.index import Known
from promtrim.knowledge.model import Bound, Metric
from promtrim.knowledge.series import Range

INF = math.inf


def possible_values(metric: Metric, part: str) -> Range:
    kind = metric.type
    if part in ("bucket", "count"):
        return Range(0.0, INF, True, False)
    if part == "sum":
        low = 0.0 if metric.unit in ("seconds", "bytes") or lowest(metric) >= 0 else -INF
        return Range(low, INF, True, metric.nan is True)
    if kind == "counter":
        base = Range(0.0, INF, True, False)
    elif kind in ("info", "stateset"):
        base = Range(0.0, 1.0, True, False, True) if kind == "stateset" else Range(1.0, 1.0, True, False, True)
    else:
        base = Range()
    if metric.range is not None:
        base = narrow(base, metric.range)
        base = Range(base.lo, base.hi, True, False, base.integer)
    if metric.integer and kind != "summary":
        base = Range(base.lo, base.hi, True, False, True)
    if metric.nan is not None:
        base = Range(base.lo, base.hi, base.finite, metric.nan, base.integer)
    elif kind == "summary":
        base = Range(base.lo, base.hi, base.finite, True)
    return base


def named_type(known: Known, name: str) -> Metric:
    """The metric, and of a pattern only as much of its type as the name itself confirms."""
    metric = known.metric
    if "*" in known.name and metric.type == "counter" and not name.endswith("_total"):
        return msgspec.structs.replace(metric, type="untyped")
    return metric


def lowest(metric: Metric) -> float:
    return float(metric.range[0]) if metric.range else -INF


def narrow(base: Range, to: int | float | tuple[Bound, Bound] | None, nan: bool = False) -> Range:
    if to is None:
        return base
    lo, hi = (float(to[0]), float(to[1])) if isinstance(to, tuple) else (float(to), float(to))
    return Range(max(base.lo, lo), min(base.hi, hi), True, nan, base.integer or (lo == hi and lo.is_integer()))


def healthy_words(metric: Metric) -> str:
    healthy = metric.healthy
    if isinstance(healthy, tuple):
        return f"it is between {healthy[0]} and {healthy[1]} while nothing is wrong"
    return f"it is {healthy} while nothing is wrong"


def hull(ranges: list[Range]) -> Range:
    return Range(
        min(each.lo for each in ranges),
        max(each.hi for each in ranges),
        all(each.finite for each in ranges),
        any(each.nan for each in ranges),
        all(each.integer for each in ranges),
    )
