"""From a dashboard's JSON to what is drawn where. Fields as Grafana reads them; what is odd is passed over, never fatal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from promtrim.dashboards.existing.files import Dashboard
from promtrim.dashboards.existing.grid import Box
from promtrim.dashboards.existing.jsontext import Path
from promtrim.dashboards.existing.model import Panel, View
from promtrim.dashboards.preview.model import Drawing, Look, Sheet, Target
from promtrim.dashboards.preview.variables import replaced

DRAWN = frozenset(("timeseries", "stat", "table", "state-timeline", "text", "row"))
SAME = {
    "graph": "timeseries", "singlestat": "stat", "gauge": "stat", "bargauge": "stat", "table-old": "table",
    "status-history": "state-timeline", "trend": "timeseries",
}  # fmt: skip
"""Panels that are drawn like another one."""
_MOST_PANELS = 1000
_WIDTH, _HEIGHT = 12, 8
"""Of a panel that says nothing."""
_NAMED_COLORS = {
    "green": "#3a9a52", "red": "#d5393b", "yellow": "#e6b800", "orange": "#e8862a", "blue": "#2f7ed8", "purple": "#8f5fc9",
    "text": "", "transparent": "transparent",
}  # fmt: skip
_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([0-9., %]{5,40}\)")


def sheet_of(dashboard: Dashboard, variables: dict[str, str], built_in: dict[str, str]) -> Sheet:
    """What is drawn of a dashboard.

    Args:
        variables: what takes the place of the dashboard's variables.
        built_in: Grafana's own variables for the time range.
    """
    value = dashboard.value
    view = dashboard.view()
    drawings = list(_drawings(dashboard, view, {**variables, **built_in}))
    drawings.sort(key=lambda each: (each.y, each.x))
    return Sheet(
        view.title or "Dashboard", _text(value.get("description")), tuple(drawings[:_MOST_PANELS]), tuple(variables.items())
    )


def _drawings(dashboard: Dashboard, view: View, given: dict[str, str]) -> Iterator[Drawing]:
    """Panels and headings at their places; grids (tabs, rows with a grid of their own) one below the other."""
    placed: set[int] = set()
    headed: set[int] = set()
    top, number = 0, 0
    for grid in view.grids:
        scale = 24 / (grid.columns or 24)
        bottom = top
        for cell in grid.cells:
            box = Box(round(cell.box.x * scale), top + cell.box.y, round(cell.box.w * scale), cell.box.h)
            bottom = max(bottom, box.y + box.h)
            number += 1
            if cell.panel is not None:
                placed.add(cell.panel)
                yield _drawing(number, view.panels[cell.panel], _at(dashboard, view.panels[cell.panel].path), box, given)
            elif cell.row is not None:
                headed.add(cell.row)
                yield Drawing(number, "row", replaced(view.rows[cell.row].title, given), 0, box.y, 24, 1)
        top = bottom
    for index, panel in enumerate(view.panels):
        if index not in placed:  # in a collapsed row, or with no place of its own
            number += 1
            yield _drawing(number, panel, _at(dashboard, panel.path), Box(0, top, _WIDTH, _HEIGHT), given)
            top += _HEIGHT


def _at(dashboard: Dashboard, path: Path) -> dict[str, Any]:
    value: Any = dashboard.json.value
    for step in path:
        value = value[step]
    return value if isinstance(value, dict) else {}


def _drawing(number: int, panel: Panel, raw: dict[str, Any], box: Box, given: dict[str, str]) -> Drawing:
    spec = _modern(raw)
    kind = SAME.get(panel.type, panel.type)
    config = _dict(spec.get("fieldConfig"))
    defaults = _dict(config.get("defaults"))
    custom, options = _dict(defaults.get("custom")), _dict(spec.get("options"))
    axis = next(iter(_dicts(spec.get("yaxes"))), {})
    note = _note(panel, kind)
    return Drawing(
        id=number,
        type=kind if not note else "none",
        title=replaced(panel.title, given),
        x=max(0, min(23, box.x)),
        y=max(0, box.y),
        w=max(1, min(24, box.w)),
        h=max(1, min(60, box.h)),
        description=_text(spec.get("description")),
        links=tuple(_links(spec)),
        unit=_text(defaults.get("unit")) or _text(spec.get("format")) or _text(axis.get("format")),
        decimals=defaults.get("decimals") if isinstance(defaults.get("decimals"), int) else None,
        low=_number(defaults.get("min", axis.get("min"))),
        high=_number(defaults.get("max", axis.get("max"))),
        soft_low=_number(custom.get("axisSoftMin")),
        soft_high=_number(custom.get("axisSoftMax")),
        steps=tuple(_steps(defaults)),
        marks=_text(_dict(custom.get("thresholdsStyle")).get("mode")) or "off",
        states=tuple(_states(defaults.get("mappings"))),
        missing=_text(defaults.get("noValue")),
        mode="background" if _text(options.get("colorMode")).startswith("background") else "value",
        text=_text(options.get("content")) or _text(spec.get("content")),
        looks=tuple(_looks(_dicts(config.get("overrides")))),
        organize=_organize(spec),
        column_units=dict(_column_units(_dicts(config.get("overrides")))),
        targets=() if note else tuple(_targets(panel, kind, given)),
        note=note,
    )


def _note(panel: Panel, kind: str) -> str:
    """Why a panel is not drawn."""
    if panel.whole:
        return "a library panel: its queries are kept elsewhere"
    return "" if kind in DRAWN else f"panels of the type {panel.type or 'without a name'} are not drawn here"


def _targets(panel: Panel, kind: str, given: dict[str, str]) -> Iterator[Target]:
    for each in panel.targets:
        if each.language in ("promql", "perhaps") and each.text.strip() and not each.hidden:
            instant = kind in ("table", "stat") or each.options.get("instant") is True
            yield Target(each.ref, replaced(each.text, given), _text(each.options.get("legendFormat")), instant)


def _steps(defaults: dict[str, Any]) -> Iterator[tuple[float | None, str]]:
    """Thresholds by value; those in percent of an axis whose ends are not known are left out."""
    thresholds = _dict(defaults.get("thresholds"))
    low, high = _number(defaults.get("min")), _number(defaults.get("max"))
    share = thresholds.get("mode") == "percentage"
    if share and (low is None or high is None):
        return
    for each in _dicts(thresholds.get("steps")):
        value = _number(each.get("value"))
        if share and value is not None and low is not None and high is not None:
            value = low + (high - low) * value / 100
        yield value, _color(each.get("color"))


def _organize(spec: dict[str, Any]) -> dict[str, Any]:
    found = (_dict(each.get("options")) for each in _dicts(spec.get("transformations")) if each.get("id") == "organize")
    return next(found, {})


def _modern(raw: dict[str, Any]) -> dict[str, Any]:
    """A panel's fields, also where a format keeps them in ``spec`` and ``vizConfig``."""
    spec = _dict(raw.get("spec")) or raw
    config = _dict(_dict(spec.get("vizConfig")).get("spec"))
    return {**spec, **{key: config[key] for key in ("fieldConfig", "options") if key in config}}


def _states(mappings: Any) -> Iterator[tuple[str, str, str]]:
    for each in _dicts(mappings):
        if each.get("type") == "value":
            for value, result in _dict(each.get("options")).items():
                yield value, _text(_dict(result).get("text")) or value, _color(_dict(result).get("color"))


def _looks(overrides: list[dict[str, Any]]) -> Iterator[Look]:
    for each in overrides:
        matcher = _dict(each.get("matcher"))
        if matcher.get("id") != "byFrameRefID":
            continue
        properties = {_text(one.get("id")): one.get("value") for one in _dicts(each.get("properties"))}
        color = _dict(properties.get("color")).get("fixedColor")
        dashed = _dict(properties.get("custom.lineStyle")).get("fill") == "dash"
        yield Look(_text(matcher.get("options")), _color(color) or None, dashed)


def _column_units(overrides: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in overrides:
        matcher = _dict(each.get("matcher"))
        for one in _dicts(each.get("properties")):
            if matcher.get("id") == "byName" and one.get("id") == "unit":
                yield _text(matcher.get("options")), _text(one.get("value"))


def _links(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Links that a browser may be sent to; never ``javascript:``."""
    for each in _dicts(spec.get("links")):
        url = _text(each.get("url"))
        if re.match(r"https?://", url):
            yield _text(each.get("title")) or url, url


def _color(value: Any) -> str:
    """A colour that may go into a style; empty where it is none."""
    if not isinstance(value, str):
        return ""
    named = _NAMED_COLORS.get(
        value.removeprefix("dark-").removeprefix("light-").removeprefix("semi-").removeprefix("super-light-")
    )
    return named if named is not None else value if _COLOR.fullmatch(value) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    """A number, also as the text that Grafana's old axes have."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
    return float(value) if known else None
