"""What can be wrong with the facts about one metric, told without looking at any other. Sentences, no places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from promtrim.durations import parse_duration
from promtrim.knowledge.model import Bound, Consequence, Judgement, Metric, Ruleset, Shape
from promtrim.topology.conditions import mistakes

SHAPES: tuple[str, ...] = get_args(Shape)
NAME = re.compile(r"[a-zA-Z_:*][a-zA-Z0-9_:*]*$")

TARGET_LABELS = frozenset(
    ("job", "instance", "namespace", "pod", "container", "service", "endpoint", "node", "cluster", "le", "quantile")
)
"""Labels that Prometheus, its relabelling or the metric's type adds: no exporter lists them."""


def wrong_with(name: str, metric: Metric, head: Ruleset) -> Iterator[str]:
    """Each mistake in the facts about one metric: what is wrong, and what to do."""
    if not NAME.match(name):
        yield "no metric can have this name, write letters, digits, _ and * for a pattern"
    if metric.type in ("histogram", "summary") and name.endswith("_bucket"):
        yield f"a {metric.type} is listed by its base name, leave out _bucket"
    yield from _sources(metric, head)
    yield from _labels(metric)
    yield from _values(metric)
    for number, each in enumerate(metric.when):
        for text in _consequence(each, metric, head):
            yield f"when[{number}]: {text}"
    yield from _contradictions(metric)
    yield from _judge(metric)


def _sources(metric: Metric, head: Ruleset) -> Iterator[str]:
    keys = [(metric.source, "source"), *((each.source, f"when[{n}].source") for n, each in enumerate(metric.when))]
    for key, where in keys:
        if key is not None and key not in head.sources and not key.startswith(("https://", "http://")):
            yield f"{where} is {key!r}, use an URL or one of: {', '.join(head.sources)}"


def _labels(metric: Metric) -> Iterator[str]:
    for label, values in metric.values.items():
        if len(set(values)) != len(values) or not values:
            yield f"values.{label} is empty or names a value twice, list each value once"
    if metric.labels is None:
        return
    for where, named in (("values", metric.values), ("identity", metric.identity or ())):
        for label in named:
            if label not in metric.labels:
                yield f"{where} names the label {label!r}, which labels does not list; add it there or leave it out"


def _values(metric: Metric) -> Iterator[str]:
    for field, value in (("range", metric.range), ("healthy", metric.healthy)):
        if (text := _bounds(value)) is not None:
            yield f"{field} {text}"
            return
    if not _within(metric.healthy, metric.range):
        yield f"healthy {_shown(metric.healthy)} lies outside range {_shown(metric.range)}, correct one of them"


def _consequence(each: Consequence, metric: Metric, head: Ruleset) -> Iterator[str]:
    yield from mistakes(each.if_, head.options)
    if not each.because:
        yield "there is no because, say in one sentence why"
    told = [each.value, each.range, each.healthy, each.series, each.identity, each.steady or None]
    if not each.absent and all(value is None for value in told):
        yield "nothing follows, give one of: absent, value, range, healthy, series, identity, steady"
    if each.absent and any(value is not None for value in told):
        yield "what is absent has no value, give absent or the others"
    if each.settles is not None:
        if each.absent or each.series is not None or each.identity is not None:
            yield "settles is for values, leave it out with absent, series and identity"
        try:
            parse_duration(each.settles)
        except ValueError as error:
            yield f"settles: {error}"
    for field, value in (("range", each.range), ("healthy", each.healthy)):
        if (text := _bounds(value)) is not None:
            yield f"{field} {text}"
            return
    if _bounds(metric.range) is None:
        for field, inner in (("value", each.value), ("range", each.range), ("healthy", each.healthy)):
            if not _within(inner, metric.range):
                yield f"{field} {_shown(inner)} lies outside the metric's range {_shown(metric.range)}, correct one"
    if each.identity is not None and metric.identity is not None and not set(each.identity) < set(metric.identity):
        yield "identity is not part of the metric's own, leave out the labels that tell nothing apart here"
    if metric.integer and each.value is not None and float(each.value) != int(each.value):
        yield f"value {each.value} is no integer, correct it or leave out integer"
    if each.absent and not each.if_ and not each.labels and metric.present:
        yield "absent everywhere, but the metric is present; leave out one"
    for label, allowed in each.labels.items():
        # A star stands for any value at all.
        yield from _label(label, [] if allowed == "*" else allowed.split("|"), metric)


def _label(label: str, wanted: list[str], metric: Metric) -> Iterator[str]:
    if metric.labels is not None and label not in metric.labels and label not in TARGET_LABELS:
        yield f"the label {label!r} is not among labels, correct it or add it there"
    closed = metric.values.get(label)
    missing = [value for value in wanted if closed is not None and value not in closed]
    if missing and closed:
        yield f"{label} is never {' or '.join(missing)}, use one of: {', '.join(closed)}"


def _contradictions(metric: Metric) -> Iterator[str]:
    """Two consequences that hold together and cannot both be so."""
    proofs = [(number, each) for number, each in enumerate(metric.when) if not each.meaningless]
    for number, one in proofs:
        for other_number, other in proofs:
            if other_number == number or not (_part_of(one.if_, other.if_) and _part_of(one.labels, other.labels)):
                continue
            same = one.if_ == other.if_ and one.labels == other.labels
            if same and other_number < number:
                continue
            if one.absent and not other.absent:
                yield f"when[{number}] says absent where when[{other_number}] gives values, leave out one"
            elif other.absent:
                if one.absent:
                    yield f"when[{other_number}] says nothing that when[{number}] does not say, leave it out"
            elif one.value is not None and not _within(other.value, (one.value, one.value)):
                yield f"when[{number}] says {one.value} where when[{other_number}] says {other.value}, correct one"
            elif not _within(other.value, one.range):
                text = f"when[{number}] says {_shown(one.range)} where when[{other_number}] says {other.value}"
                yield f"{text}, correct one"


def _judge(metric: Metric) -> Iterator[str]:
    for number, entry in enumerate(metric.judge):
        for text in _entry(entry, metric):
            yield f"judge[{number}]: {text}"
        for earlier_number, earlier in enumerate(metric.judge[:number]):
            if _counts(earlier, metric) and _wider(earlier, entry):
                yield f"judge[{number}] is never reached, judge[{earlier_number}] fits all that it fits; put it first"
                break


def _entry(entry: Judgement, metric: Metric) -> Iterator[str]:
    if entry.shape is not None and entry.shape not in SHAPES:
        yield f"there is no shape {entry.shape!r}, use one of: {', '.join(SHAPES)}"
    if not _counts(entry, metric):
        yield "it gives no tier or no mode, nor does the metric; add both"
    if entry.shape == "absent" and (entry.above is not None or entry.below is not None):
        yield "what is absent has no threshold, leave out above and below"
    if entry.above is not None and entry.below is not None and entry.above > entry.below:
        yield f"no threshold is both at least {entry.above} and at most {entry.below}, split the entry"
    if entry.shape == "value" and metric.range is not None and _bounds(metric.range) is None:
        lo, hi = float(metric.range[0]), float(metric.range[1])
        if entry.above is not None and entry.above > hi:
            yield f"above {entry.above} lies beyond the range's end {hi:g}, correct one"
        if entry.below is not None and entry.below < lo:
            yield f"below {entry.below} lies before the range's begin {lo:g}, correct one"
    for label, pattern in entry.labels.items():
        try:
            regex = re.compile(f"^(?:{pattern})$")
        except re.error as error:
            yield f"{label}: {pattern!r} is no regular expression ({error}), correct it"
            continue
        yield from _label(label, [], metric)
        # Some entries fit the text of a matcher's own expression (".*5.."): a closed set is the only sure test.
        closed = metric.values.get(label)
        if closed and not any(regex.search(value) or value in pattern for value in closed):
            yield f"{label} never fits {pattern!r}, it has: {', '.join(closed)}"


def _counts(entry: Judgement, metric: Metric) -> bool:
    return bool((entry.tier or metric.tier) and (entry.mode or metric.mode))


def _wider(one: Judgement, other: Judgement) -> bool:
    """Whether one entry fits whatever the other fits."""
    if one.shape is not None and one.shape != other.shape:
        return False
    if not _part_of(one.labels, other.labels):
        return False
    if one.above is not None and (other.above is None or other.above < one.above):
        return False
    return one.below is None or (other.below is not None and other.below <= one.below)


def _part_of(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(name in other and other[name] == value for name, value in one.items())


Interval = int | float | tuple[Bound, Bound] | None


def _bounds(value: Interval) -> str | None:
    """What is wrong with an interval as it is written; None where nothing is."""
    if not isinstance(value, tuple):
        return None
    try:
        lo, hi = float(value[0]), float(value[1])
    except ValueError:
        return f"{_shown(value)} is no interval, write numbers, inf or -inf"
    return None if lo <= hi else f"{_shown(value)} is empty, write the smaller number first"


def _within(inner: Interval, outer: Interval) -> bool:
    """Whether all of one lies inside the other; what is not given or not readable always does."""
    if inner is None or outer is None or _bounds(inner) or _bounds(outer):
        return True
    (lo, hi), (low, high) = _ends(inner), _ends(outer)
    return low <= lo and hi <= high


def _ends(value: int | float | tuple[Bound, Bound]) -> tuple[float, float]:
    return (float(value[0]), float(value[1])) if isinstance(value, tuple) else (float(value), float(value))


def _shown(value: Interval) -> str:
    return f"[{value[0]}, {value[1]}]" if isinstance(value, tuple) else str(value)
