"""Asks Prometheus what each panel would show, once, within bounds. How that is drawn is the page's."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from promtrim.dashboards.preview.model import Drawing, Frame, Snapshot, Target
from promtrim.errors import RemoteError
from promtrim.http import Client, Server

POINTS = 360
"""About so many in each curve; a phone has not many more pixels in a line."""
MOST_QUERIES = 1000
MOST_VARIABLES = 100
"""Of which the server is asked for values."""
MOST_SERIES = 50
"""Of one query; a panel with more says how many it leaves out."""
LONGEST = 300.0
"""Seconds after which nothing more is asked."""
MOST_LOST = 3
"""Queries in a row without an answer, before the server is given up."""
_FORM = "application/x-www-form-urlencoded"
_REFUSED = frozenset((400, 422, 503))
"""Prometheus refuses the query or gives it up, not the caller: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview."""
_LEGEND = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_AUTO = "__auto"


def steps_for(span: float) -> float:
    """Seconds between points: a round number."""
    rough = span / POINTS
    return next((step for step in (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200) if step >= rough), 86400.0)


def snapshot(server: Server, drawings: Sequence[Drawing], span: float, end: float | None = None) -> Snapshot:
    """Ask all queries of a dashboard.

    Args:
        span: seconds up to ``end`` that curves show.
        end: seconds since 1970; None is now.

    Raises:
        RemoteError: the server does not answer, refuses the caller, or is no Prometheus. A query that it refuses is
            an error in its panel.
    """
    step = steps_for(span)
    now = time.time() if end is None else end
    last = math.floor(now / step) * step
    count = int(span // step) + 1
    start = last - (count - 1) * step
    found: dict[int, tuple[Frame, ...]] = {}
    with Client(server) as client:
        asker = _Asker(client, start, step, count, now)
        for drawing in drawings:
            frames = tuple(asker.frame(target) for target in drawing.targets)
            if frames:
                found[drawing.id] = frames
    return Snapshot(server.masked(server.url), start, step, count, now, found)


class _Asker:
    """Asks one query after the other, as long as that leads anywhere."""

    def __init__(self, client: Client, start: float, step: float, count: int, now: float) -> None:
        self._ask = partial(_ask, client, start=start, step=step, count=count, now=now)
        self._asked = 0
        self._lost = 0
        self._answered = False
        self._until = time.monotonic() + LONGEST

    def frame(self, target: Target) -> Frame:
        """The answer to a query; one that the server fails on is an error in its panel, unless it fails on all.

        Raises:
            RemoteError: it has answered nothing yet, or nothing several times in a row.
        """
        if self._asked == MOST_QUERIES:
            return Frame(target.ref, error=f"not asked: the page asks {MOST_QUERIES} queries at most")
        if time.monotonic() > self._until:
            return Frame(target.ref, error="not asked: the queries before took too long")
        self._asked += 1
        try:
            frame = self._ask(target)
        except RemoteError as error:
            self._lost += 1
            if not self._answered or self._lost >= MOST_LOST:
                raise
            return Frame(target.ref, error=error.message)
        self._answered, self._lost = True, 0
        return frame


def offers(client: Client, start: float, end: float) -> Callable[[str, str], list[str]]:
    """What asks a server for the values of a label.

    Args:
        start, end: the time range in seconds since 1970.

    Raises:
        RemoteError: the server does not answer. A selector that it refuses has no values.
    """
    asked: dict[tuple[str, str], list[str]] = {}

    def values(selector: str, label: str) -> list[str]:
        if len(asked) == MOST_VARIABLES or (selector, label) in asked:
            return asked.get((selector, label), [])
        about = {"start": f"{start:.3f}", "end": f"{end:.3f}", **({"match[]": selector} if selector else {})}
        body = client.send("GET", f"/api/v1/label/{label}/values", params=about, accept=_REFUSED).body
        data = body.get("data") if isinstance(body, dict) else None
        found = [each for each in data if isinstance(each, str)] if isinstance(data, list) else []
        return asked.setdefault((selector, label), found)

    return values


def _ask(client: Client, target: Target, *, start: float, step: float, count: int, now: float) -> Frame:
    end = start + (count - 1) * step
    if target.instant:
        path, asked = "/api/v1/query", {"query": target.expr, "time": f"{now:.3f}"}
    else:
        path, asked = "/api/v1/query_range", {
            "query": target.expr, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}",
        }  # fmt: skip
    answer = client.send("POST", path, text=urlencode(asked), content_type=_FORM, repeatable=True, accept=_REFUSED)
    body = answer.body
    if isinstance(body, str) and body[:1] == "{":
        body = _decoded(body)
    if not isinstance(body, dict) or body.get("status") not in ("success", "error"):
        raise RemoteError("it answers what Prometheus never would, check the address", client.server.url, answer.status)
    if body["status"] == "error":
        return Frame(target.ref, error=client.server.masked(str(body.get("error", "refused")))[:500])
    return frame_of(target, body.get("data"), start, step, count)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def frame_of(target: Target, data: Any, start: float, step: float, count: int) -> Frame:
    """The ``data`` of Prometheus's answer as series by the page's times; what is odd in it is passed over."""
    kind = data.get("resultType") if isinstance(data, dict) else None
    result = data.get("result") if isinstance(data, dict) else None
    if kind in ("scalar", "string"):
        result = [{"metric": {}, "value": result}]
    series = [each for each in result if isinstance(each, dict)] if isinstance(result, list) else []
    shown = series[:MOST_SERIES]
    labels = tuple(_labels(each.get("metric")) for each in shown)
    values: tuple[tuple[float | None, ...], ...]
    if target.instant:
        values = tuple((_sample(each.get("value")),) for each in shown)
    else:
        values = tuple(_curve(each.get("values"), start, step, count) for each in shown)
    return Frame(target.ref, names_of(target, labels), labels, values, len(series) - len(shown))


def _labels(metric: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in metric.items()} if isinstance(metric, dict) else {}


def _curve(samples: Any, start: float, step: float, count: int) -> tuple[float | None, ...]:
    """Values by the times of the page; None where there is none."""
    curve: list[float | None] = [None] * count
    for sample in samples if isinstance(samples, list) else ():
        if isinstance(sample, list) and len(sample) == 2 and isinstance(sample[0], (int, float)):
            index = round((sample[0] - start) / step)
            if 0 <= index < count:
                curve[index] = _number(sample[1])
    return tuple(curve)


def _sample(sample: Any) -> float | None:
    return _number(sample[1]) if isinstance(sample, list) and len(sample) == 2 else None


def _number(text: Any) -> float | None:
    """A sample's value; what JSON cannot hold (NaN, infinities) is drawn as a gap, as Grafana does."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def names_of(target: Target, labels: Sequence[dict[str, str]]) -> tuple[str, ...]:
    """What the legend calls each series: its template filled in, or the labels in which they differ."""
    if target.legend and target.legend != _AUTO:
        return tuple(_LEGEND.sub(lambda m, own=own: own.get(m[1], ""), target.legend).strip() or "value" for own in labels)  # type: ignore[misc]
    differ = [
        name for name in dict.fromkeys(name for own in labels for name in own)
        if len({own.get(name) for own in labels}) > 1
    ]  # fmt: skip
    if target.legend == _AUTO and differ:
        return tuple(", ".join(own.get(name, "") for name in differ) for own in labels)
    return tuple(_described(own) or "value" for own in labels)


def _described(labels: dict[str, str]) -> str:
    rest = ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__")
    name = labels.get("__name__", "")
    return f"{name}{{{rest}}}" if name and rest else name or rest
