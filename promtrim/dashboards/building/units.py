"""The unit of an expression's values: from what is known of its metrics, and from what is done to them.

A small algebra of quantities (bytes, seconds, counts, shares, points in time; per second; times a factor), and at its end
the id that Grafana has for the unit. Names of metrics count only by Prometheus's own naming conventions
(https://prometheus.io/docs/practices/naming/); what exporters' metrics measure is the rulesets' to say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec

from promtrim.judge.signals import constant_of, metric_name
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)
from promtrim.promql.walk import selectors, strip_parens


class Quantity(msgspec.Struct, frozen=True):
    """What a number counts. ``base`` None: not known; ``number``: a plain factor."""

    base: str | None = None
    """bytes, seconds, count, requests, boolean, timestamp, ratio, number, or a unit without an algebra (celsius)."""
    per: int = 0
    """1: per second."""
    scale: float = 1.0
    """What the base unit was multiplied by: 1000 for milliseconds, 100 for percent."""


UNKNOWN = Quantity()
COUNT = Quantity("count")
SECONDS = Quantity("seconds")
RATIO = Quantity("ratio")
BOOLEAN = Quantity("boolean")
TIMESTAMP = Quantity("timestamp")

FactsOf = Callable[[str], "tuple[str | None, str] | Quantity | None"]
"""Metric name to its unit as rulesets write it and its part (``bucket``, ``count``, ``sum``, or empty), or to what a
recording rule of this name gives; None: unknown."""

WRITTEN = {
    "bytes": Quantity("bytes"),
    "megabytes": Quantity("bytes", 0, 2.0**-20),
    "seconds": SECONDS,
    "milliseconds": Quantity("seconds", 0, 1e3),
    "microseconds": Quantity("seconds", 0, 1e6),
    "nanoseconds": Quantity("seconds", 0, 1e9),
    "count": COUNT,
    "boolean": BOOLEAN,
    "timestamp": TIMESTAMP,
    "ratio": RATIO,
    "percent": Quantity("ratio", 0, 100.0),
    "celsius": Quantity("celsius"),
    "volts": Quantity("volts"),
    "hertz": Quantity("hertz"),
}
"""What rulesets say of a metric's unit."""

_ENDINGS = (
    (re.compile(r"(^|_)up$"), BOOLEAN),
    (re.compile(r"_timestamp(_seconds)?$"), TIMESTAMP),
    (re.compile(r"_bytes(_total)?$"), Quantity("bytes")),
    (re.compile(r"_milliseconds(_total)?$|_ms$"), Quantity("seconds", 0, 1e3)),
    (re.compile(r"_seconds(_total)?$"), SECONDS),
    (re.compile(r"_ratio$"), RATIO),
    (re.compile(r"_percent(age)?$"), Quantity("ratio", 0, 100.0)),
    (re.compile(r"_celsius$"), Quantity("celsius")),
    (re.compile(r"_volts$"), Quantity("volts")),
    (re.compile(r"_total$"), COUNT),
)

GRAFANA = {
    ("bytes", 0): {1.0: "bytes", 2.0**-10: "kbytes", 2.0**-20: "mbytes", 2.0**-30: "gbytes",
                   1e-3: "deckbytes", 1e-6: "decmbytes", 1e-9: "decgbytes", 8.0: "bits"},
    ("bytes", 1): {1.0: "Bps", 2.0**-10: "KiBs", 2.0**-20: "MiBs", 1e-3: "KBs", 1e-6: "MBs", 8.0: "bps", 8e-6: "Mbits"},
    ("seconds", 0): {1.0: "s", 1e3: "ms", 1e6: "µs", 1e9: "ns", 1 / 60: "m", 1 / 3600: "h", 1 / 86400: "d"},
    ("seconds", 1): {1.0: "percentunit", 100.0: "percent"},
    ("ratio", 0): {1.0: "percentunit", 100.0: "percent"},
    ("count", 0): {1.0: "short"},
    ("count", 1): {1.0: "cps", 60.0: "cpm"},
    ("requests", 1): {1.0: "reqps", 60.0: "reqpm"},
    ("celsius", 0): {1.0: "celsius"},
    ("volts", 0): {1.0: "volt"},
    ("hertz", 0): {1.0: "hertz"},
}  # fmt: skip
"""Quantity and factor to an id of Grafana's list (its packages/grafana-data/src/valueFormats/categories.ts)."""

NO_UNIT = "short"
"""Grafana's id for a plain number."""

_KEEPS = frozenset((
    "abs", "ceil", "floor", "round", "clamp", "clamp_max", "clamp_min", "sort", "sort_desc", "sort_by_label",
    "sort_by_label_desc", "scalar", "vector", "label_replace", "label_join", "last_over_time", "max_over_time",
    "min_over_time", "sum_over_time", "first_over_time", "quantile_over_time", "stddev_over_time",
    "mad_over_time", "predict_linear", "holt_winters", "double_exponential_smoothing", "increase", "delta",
    "idelta", "histogram_quantile", "histogram_sum", "histogram_avg",
))  # fmt: skip
_PER_SECOND = frozenset(("rate", "irate", "deriv"))
_COUNTS = frozenset((
    "changes", "resets", "count_over_time", "present_over_time", "absent", "absent_over_time", "hour", "minute",
    "month", "year", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "histogram_count",
))  # fmt: skip


def grafana_unit(quantity: Quantity, threshold: float | None = None) -> str:
    """The id of Grafana's unit; a plain number where there is none.

    Args:
        threshold: what values are compared with: a share that is compared with 5 is no share.
    """
    units = GRAFANA.get((quantity.base or "", quantity.per))
    if units is None:
        return NO_UNIT
    unit = next((name for scale, name in units.items() if math.isclose(scale, quantity.scale, rel_tol=1e-3)), None)
    if unit is None:
        unit = NO_UNIT if quantity.base == "ratio" else units[1.0]
    if threshold is not None:
        if unit == "percentunit" and abs(threshold) > 2:
            return NO_UNIT
        if unit == "percent" and abs(threshold) > 1000:
            return NO_UNIT
    return unit


def quantity_of(node: Node, facts: FactsOf) -> Quantity:
    """What the values of an expression are."""
    node = strip_parens(node)
    if isinstance(node, Selector):
        return _metric(metric_name(node), facts)
    if isinstance(node, Range):
        return _metric(metric_name(node.selector), facts)
    if isinstance(node, Number):
        return Quantity("number", 0, node.value)
    if isinstance(node, (Paren, Negation, Subquery)):
        return quantity_of(node.expr, facts)
    if isinstance(node, Aggregate):
        return _aggregate(node, facts)
    if isinstance(node, Call):
        return _call(node, facts)
    if isinstance(node, Binary):
        return _binary(node, facts)
    assert isinstance(node, String)
    return UNKNOWN


def _metric(name: str, facts: FactsOf) -> Quantity:
    known = facts(name)
    if isinstance(known, Quantity):
        return known
    if known is not None and known[0] in WRITTEN:
        unit, part = known
        found = COUNT if part in ("bucket", "count") else WRITTEN[unit or ""]
    else:
        plain = re.sub(r"_(sum|count|bucket)$", "", name)
        found = COUNT if name.endswith(("_count", "_bucket")) else UNKNOWN
        found = found if found.base else next((unit for pattern, unit in _ENDINGS if pattern.search(plain)), UNKNOWN)
        if found.base is None and name.endswith("_sum"):
            found = Quantity("observed")
    return Quantity("requests") if found.base == "count" and "request" in name else found


def _aggregate(node: Aggregate, facts: FactsOf) -> Quantity:
    if node.op in ("count", "count_values", "group"):
        return COUNT
    if node.op == "stdvar":
        return UNKNOWN
    inner = quantity_of(node.expr, facts)
    if inner.base == "boolean" and node.op in ("sum", "avg", "stddev"):
        return COUNT if node.op == "sum" else RATIO
    return inner


def _call(node: Call, facts: FactsOf) -> Quantity:
    name = node.function
    if name == "time":
        return TIMESTAMP
    if name == "timestamp":
        return TIMESTAMP
    if name in _COUNTS:
        return COUNT
    if not node.args:
        return UNKNOWN
    if name == "histogram_quantile":
        return _observed(node.args[-1], facts)
    if name in _PER_SECOND:
        inner = quantity_of(node.args[0], facts)
        if name == "deriv" and inner.base == "seconds":
            return UNKNOWN  # a drift, no share of time
        # What a rate is taken of is a counter: it counts something.
        return UNKNOWN if inner.base == "ratio" else Quantity(inner.base or "count", inner.per + 1, inner.scale)
    if name == "avg_over_time":
        inner = quantity_of(node.args[0], facts)
        return RATIO if inner.base == "boolean" else inner
    if name in _KEEPS:
        return quantity_of(node.args[1 if name == "quantile_over_time" else 0], facts)
    return UNKNOWN


def _observed(node: Node, facts: FactsOf) -> Quantity:
    """What a histogram observes, of its buckets."""
    for selector in selectors(node):
        name = metric_name(selector)
        known = facts(name)
        if isinstance(known, tuple) and known[0] in WRITTEN:
            return WRITTEN[known[0] or ""]
        return _metric(name.removesuffix("_bucket") or name, facts)
    return UNKNOWN


def _binary(node: Binary, facts: FactsOf) -> Quantity:
    left, right = quantity_of(node.lhs, facts), quantity_of(node.rhs, facts)
    if node.bool:
        return BOOLEAN
    if node.op == "*":
        return _product(left, right, node)
    if node.op == "/":
        return _quotient(left, right)
    if node.op in ("+", "-"):
        return _sum(node.op, left, right)
    if node.op in ("%", "and", "or", "unless") or node.op in ("==", "!=", "<", "<=", ">", ">="):
        return left if left.base not in (None, "number") else right
    return UNKNOWN


def _product(left: Quantity, right: Quantity, node: Binary) -> Quantity:
    for number, other, side in ((left, right, node.lhs), (right, left, node.rhs)):
        if number.base == "number":
            factor = constant_of(side)
            return Quantity(other.base, other.per, other.scale * (number.scale if factor is None else factor))
    for plain, other in ((left, right), (right, left)):
        if plain.base in ("boolean", "count") and other.base is not None:
            return other
    if left.base == "ratio" and left.scale == 1:
        return right
    return left if right.base == "ratio" and right.scale == 1 else UNKNOWN


def _quotient(left: Quantity, right: Quantity) -> Quantity:
    counts = ("count", "requests", "boolean")
    if right.base == "number":
        return Quantity(left.base, left.per, left.scale / right.scale) if right.scale else UNKNOWN
    if left.base == "number":
        return UNKNOWN
    if left.base == right.base or (left.base in counts and right.base in counts):
        return Quantity("ratio", 0, left.scale / right.scale) if left.per == right.per and right.scale else UNKNOWN
    if right.base is None or (left.base is None and right.per == 0):
        # One of two things that are divided is not known: most are a part and its whole.
        return Quantity("ratio", 0, left.scale / right.scale) if right.scale else UNKNOWN
    if right.base in counts and left.base is not None:
        return Quantity(left.base, left.per - right.per, left.scale)
    if right.base == "seconds" and right.per == 0:
        return Quantity(left.base, left.per + 1, left.scale)
    return UNKNOWN


def _sum(op: str, left: Quantity, right: Quantity) -> Quantity:
    if "timestamp" in (left.base, right.base):
        other = right if left.base == "timestamp" else left
        if op == "-" and other.base != "number":
            return SECONDS  # between two points in time, whatever the other one's name says
        return TIMESTAMP
    if left.base == "number":
        return right
    if right.base in ("number", left.base):
        return left
    return left if right.base is None else right if left.base is None else UNKNOWN


__all__ = ["BOOLEAN", "NO_UNIT", "FactsOf", "Quantity", "grafana_unit", "quantity_of"]
