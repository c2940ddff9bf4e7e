"""One panel per signal: what the kept alerts compare, with their limits as lines and regions.

Alerts that look at the same thing (a mild and a severe limit) share a panel. Which panels there are and what they hold is
decided here; where they stand is ``layout``'s, and how Grafana writes them is ``grafana``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec

from promtrim.dashboards.building.model import ABSENT, BAD, CLEAR, GOOD, NEUTRAL, WARNING, Panel, Query, State, Step
from promtrim.dashboards.building.narrow import narrowed
from promtrim.dashboards.building.parts import Part, Role, parts_of, unfiltered
from promtrim.dashboards.building.series import Series
from promtrim.dashboards.building.thresholds import Firing, both, interval, lines_of, steps_of
from promtrim.dashboards.building.tiles import FIRES_NOW, Watch
from promtrim.dashboards.building.units import grafana_unit
from promtrim.dashboards.building.words import STATES, USUAL_STATES, describe, runbook_of, shortened, title_of
from promtrim.judge.model import Judged
from promtrim.judge.signals import shape_of
from promtrim.knowledge.model import FailureMode
from promtrim.plan.redundancy import severity
from promtrim.promql.tree import Node, Selector
from promtrim.promql.unparse import quote, unparse
from promtrim.promql.walk import selectors

CHOICES = ("job", "instance", "namespace")
"""Labels by which a reader may narrow panels, where their queries carry them."""
_LONGEST_NAME = 80
_SIDES = {"<": "fires below", "<=": "fires below", ">": "fires above", ">=": "fires above"}
MODES: tuple[FailureMode, ...] = get_args(FailureMode)

_Class = Literal["alert", "absent", "state", "region", "line", "series", "plain"]
"""How a condition is drawn: as the alert itself, whether something is there, one of two states, a limit with a region,
a limit as a line, a limit that is a series, or with no limit."""


class Drawn(msgspec.Struct, frozen=True):
    """Conditions with one subject, of one alert or of several."""

    kind: _Class
    role: Role
    parts: tuple[tuple[Watch, Part], ...]

    @property
    def judged(self) -> Judged:
        return self.parts[0][0].judged


class Shown(msgspec.Struct, frozen=True):
    """A panel, the failure mode under which it stands, and the selectors that a choice narrows, by label."""

    panel: Panel
    mode: FailureMode
    narrowed: dict[str, tuple[Selector, ...]]


def panels_of(watches: Sequence[Watch], series: Series) -> tuple[Shown, ...]:
    """The panels of one component's alerts, by failure mode."""
    groups: dict[object, list[tuple[Watch, Part]]] = {}
    classes: dict[object, tuple[_Class, Role]] = {}
    for number, watch in enumerate(watches):
        if watch.judged.constant or watch.node is None:
            groups[number] = [(watch, Part("", watch.node or Selector(None)))]
            classes[number] = ("alert", "")
            continue
        mode = watch.judged.failure_mode
        own: set[str] = set()
        for part in parts_of(watch.node):
            kind = _class(part, series)
            text = unparse(part.subject)
            # A further condition on what the alert is about anyway is another limit in its panel.
            role: Role = "" if text in own and kind in ("region", "line") else part.role
            if role == "":
                own.add(text)
            limit = unparse(part.limit) if kind == "series" and part.limit is not None else ""
            key = (mode, text, kind, role, limit, "" if role == "" else watch.judged.rule.id)
            groups.setdefault(key, []).append((watch, part))
            classes.setdefault(key, (kind, role))
    drawn = [Drawn(*classes[key], tuple(parts)) for key, parts in groups.items()]
    drawn.sort(key=lambda each: MODES.index(each.judged.failure_mode))
    return tuple(_shown(each, series) for each in drawn)


def _class(part: Part, series: Series) -> _Class:
    if part.absent:
        return "absent"
    if part.limit is None:
        return "plain"
    if part.number is None:
        return "series"
    if series.quantity(part.subject).base == "boolean" and _fires_at(part) is not None:
        return "state"
    return "line" if part.op in ("==", "!=") else "region"


def _fires_at(part: Part) -> int | None:
    """Of a value that is 0 or 1 the one at which the condition holds; None: at both or at neither."""
    assert part.number is not None
    tests = {">": lambda v, n: v > n, ">=": lambda v, n: v >= n, "<": lambda v, n: v < n, "<=": lambda v, n: v <= n,
             "==": lambda v, n: v == n, "!=": lambda v, n: v != n}  # fmt: skip
    held = [value for value in (0, 1) if tests[part.op](value, part.number)]
    return held[0] if len(held) == 1 else None


def _shown(drawn: Drawn, series: Series) -> Shown:
    judged = sorted({id(w.judged): w.judged for w, _ in drawn.parts}.values(), key=lambda j: -severity(j.rule.labels))
    links = [link for each in judged if (link := runbook_of(each.rule)) is not None]
    subject = drawn.parts[0][1].subject
    base = Panel(
        kind="timeseries",
        title=title_of((each.rule.name for each in judged), drawn.role),
        queries=(),
        description=describe(judged),
        links=tuple(dict.fromkeys(links)),
        missing="no data" if unfiltered(subject) is subject else "none",
    )
    mode = drawn.judged.failure_mode
    if drawn.kind == "alert":
        return Shown(_alert(base, drawn.judged), mode, {})
    if drawn.kind == "absent":
        return Shown(_absent(base, drawn), mode, {})
    query, limits, pushed = _narrowed(drawn, series)
    if drawn.kind == "state":
        return Shown(_state(base, drawn, query, series), mode, pushed)
    return Shown(_curve(base, drawn, query, limits, series), mode, pushed)


def _narrowed(drawn: Drawn, series: Series) -> tuple[Node, Node | None, dict[str, tuple[Selector, ...]]]:
    """The query and the limit's query with every choice that both can follow, and the selectors that carry each."""
    part = drawn.parts[0][1]
    query, limit = part.subject, part.limit if drawn.kind == "series" else None
    pushed: dict[str, tuple[Selector, ...]] = {}
    for label in CHOICES:
        inner = narrowed(query, label, series.carries)
        other = None if limit is None else narrowed(limit, label, series.carries)
        if inner is None or (limit is not None and other is None):
            continue
        query, limit = inner, other
        pushed[label] = tuple(each for each in selectors(part.subject) if series.carries(each, label))
    return query, limit, pushed


def _alert(base: Panel, judged: Judged) -> Panel:
    """An alert that fires by design, or whose expression cannot be read: the alert itself is all there is to show."""
    selector = FIRES_NOW % f", alertname={quote(judged.rule.name)}"
    if judged.constant:
        states = (State(1, "fires, as it should", GOOD),)
        silent = "silent: no alert would reach anybody"
        query = Query(f"max({selector})", "alert", instant=True)
        return msgspec.structs.replace(base, kind="stat", queries=(query,), states=states, missing=silent)
    states = (State(1, "fires", _color([judged])),)
    return msgspec.structs.replace(
        base, kind="state-timeline", queries=(Query(selector, "__auto"),), states=states, missing="does not fire"
    )


def _absent(base: Panel, drawn: Drawn) -> Panel:
    judged = [watch.judged for watch, _ in drawn.parts]
    text = unparse(drawn.parts[0][1].subject)
    states = (State(0, "missing", _color(judged)), State(1, "there", GOOD))
    query = Query(f"count({text}) > bool 0 or vector(0)", shortened(text, _LONGEST_NAME))
    return msgspec.structs.replace(base, kind="state-timeline", queries=(query,), states=states)


def _state(base: Panel, drawn: Drawn, query: Node, series: Series) -> Panel:
    watch, part = drawn.parts[0]
    bad = _fires_at(part)
    assert bad is not None
    if drawn.role in ("and", "unless"):
        # Neither is good or bad by itself: it lets the alert fire, or holds it back.
        ends = (State(1 - bad, "does not hold", ABSENT), State(bad, "holds", NEUTRAL))
    else:
        words = STATES.get(watch.judged.failure_mode, USUAL_STATES)
        ends = (State(1 - bad, words[0], GOOD), State(bad, words[1], _color(each.judged for each, _ in drawn.parts)))
    states = tuple(sorted(ends, key=lambda state: state.value))
    queries = (Query(unparse(query), series.legend(part.subject)),)
    return msgspec.structs.replace(base, kind="state-timeline", queries=queries, states=states)


def _curve(base: Panel, drawn: Drawn, query: Node, limit: Node | None, series: Series) -> Panel:
    part = drawn.parts[0][1]
    numbers = [each.number for _, each in drawn.parts if each.number is not None]
    quantity = series.quantity(part.subject)
    unit = grafana_unit(quantity, max(numbers, key=abs) if numbers else None)
    queries = [Query(unparse(query), series.legend(part.subject))]
    if limit is not None:
        side = _SIDES.get(part.op, "compared with")
        names = series.legend(part.limit) if part.limit is not None else ""
        queries.append(Query(unparse(limit), side if names in ("value", "__auto") else f"{side}: {names}", limit=True))
    firing = _firing(drawn)
    steps: tuple[Step, ...] = ()
    if firing:
        steps = steps_of(firing) if drawn.kind == "region" else lines_of(firing)
    low, high = series.lowest(part.subject), series.highest(part.subject)
    top, bottom = max(numbers, default=0.0), min(numbers, default=0.0)
    reach = 2.0 if part.op in ("<", "<=") else 1.25
    bounded = high is not None and top >= 0.4 * high > 0 and drawn.kind == "region"
    never_less = low is not None and low >= 0
    known = bool(numbers) or shape_of(part.subject) in ("rate", "ratio", "quantile", "count", "changes")
    return msgspec.structs.replace(
        base,
        queries=tuple(queries),
        unit=unit,
        steps=steps,
        area=drawn.kind == "region",
        low=0.0 if never_less else None,
        soft_low=min(0.0, bottom * 1.25) if known and not never_less else None,
        high=_round(high) if bounded and high is not None else None,
        soft_high=None if bounded else _soft_high(unit, top, reach) if top > 0 else 1.0 if numbers and never_less else None,
    )


def _soft_high(unit: str, top: float, reach: float) -> float:
    """How far the axis reaches at least: past the highest limit; of shares that may be all, to the whole."""
    whole = {"percentunit": 1.0, "percent": 100.0}.get(unit)
    return whole if whole is not None and 0.5 * whole <= top <= whole else top * reach


def _round(high: float) -> float:
    """A bound without the room that it has for rounding."""
    return round(high, 6)


def _firing(drawn: Drawn) -> list[Firing]:
    """At which values each alert fires, all its limits taken together."""
    by_alert: dict[int, list[tuple[Watch, Part]]] = {}
    for watch, part in drawn.parts:
        if part.number is not None:
            by_alert.setdefault(watch.judged.rule.id, []).append((watch, part))
    found = []
    for conditions in by_alert.values():
        held: tuple[tuple[float, float], ...] = ()
        for _, part in conditions:
            assert part.number is not None
            own = (interval(part.op, part.number),)
            if drawn.kind == "line":
                own = ((part.number, part.number),)
            held = own if not held else both(held, own) if part.role == "and" else (*held, *own)
        judged = conditions[0][0].judged
        color = NEUTRAL if drawn.role == "unless" else _color([judged])
        found.append(Firing(held, color, severity(judged.rule.labels)))
    return found


def _color(judged: Iterable[Judged]) -> str:
    """By what is worst: severities below an error warn."""
    return BAD if any(severity(each.rule.labels) >= 2 for each in judged) else WARNING


__all__ = ["CHOICES", "CLEAR", "Shown", "panels_of"]
