"""A dashboard as grafanalib's objects, and all that grafanalib lacks: its defaults are those of Grafana 4.

The one place that knows Grafana's JSON: schema version, data sources by variable, the options of today's panels. What it
makes loads in Grafana 10.1 and in every later version, which migrate it; tests compare it with Grafana's own models. What
is shown is decided before (``board``), where it stands too (``layout``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grafanalib import core  # type: ignore[import-untyped]

from promtrim.dashboards.building.layout import Placed, lay_out
from promtrim.dashboards.building.model import Board, Panel, Query, State, Step, Variable

SCHEMA_VERSION = 38
"""Of Grafana 10.1 (public/app/features/dashboard/state/DashboardMigrator.ts there)."""
PLUGIN_VERSION = "10.1.0"
"""Panels without one are taken for old and run through migrations that change their options."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""The data source that the reader chooses."""

_OBSOLETE = frozenset(
    ("__inputs", "gnetId", "hideControls", "rows", "sharedCrosshair", "style", "cacheTimeout", "editable", "error",
     "height", "hideTimeOverride", "minSpan", "span", "timeFrom", "timeShift", "repeat", "repeatDirection", "maxPerRow",
     "maxDataPoints", "interval", "transparent", "columns", "fontSize", "color", "mappings", "auto", "auto_min",
     "auto_count", "useTags", "tagsQuery", "tagValuesQuery", "metric", "step", "target", "query", "intervalFactor")
)  # fmt: skip
"""Keys of grafanalib's panels, targets and variables that Grafana 10 ignores, migrates away, or means by their absence."""


class Dashboard(core.Dashboard):  # type: ignore[misc]
    """grafanalib's dashboard in today's form: the same JSON from ``promtrim`` and from ``generate-dashboard``."""

    def to_json_data(self) -> dict[str, Any]:
        data = json.loads(json.dumps(super().to_json_data(), default=_plain))
        found: dict[str, Any] = {key: value for key, value in data.items() if key not in _OBSOLETE and key != "id"}
        found["panels"] = [_panel(each) for each in found["panels"]]
        found["templating"] = {"list": [_variable(each) for each in found["templating"]["list"]]}
        found["fiscalYearStartMonth"] = 0
        found["liveNow"] = False
        found["weekStart"] = ""
        found["timepicker"] = {}
        return found


def dashboard_of(board: Board) -> Dashboard:
    """grafanalib's objects for a dashboard."""
    panels = [_grafanalib(number, placed) for number, placed in enumerate(lay_out(board), 1)]
    return Dashboard(
        title=board.title,
        uid=board.uid,
        description=board.description,
        tags=list(board.tags),
        panels=panels,
        templating=core.Templating([_data_source(), *map(_template, board.variables)]),
        annotations=core.Annotations([]),
        time=core.Time("now-6h", "now"),
        timezone="browser",
        refresh="1m",
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        schemaVersion=SCHEMA_VERSION,
        version=1,
    )


def text_of(dashboard: Dashboard) -> str:
    """The JSON that ``generate-dashboard`` writes, byte for byte: keys sorted, two spaces, a line end."""
    return json.dumps(dashboard.to_json_data(), sort_keys=True, indent=2) + "\n"


def _grafanalib(number: int, placed: Placed) -> core.Panel:
    place = core.GridPos(h=placed.place.h, w=placed.place.w, x=placed.place.x, y=placed.place.y)
    if placed.panel is None:
        return core.RowPanel(id=number, title=placed.heading, gridPos=place, collapsed=False)
    panel = placed.panel
    common = {
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "dataSource": SOURCE,
        "gridPos": place,
        "targets": [_target(index, query, panel) for index, query in enumerate(panel.queries)],
        "links": [{"title": link.title, "url": link.url, "targetBlank": True} for link in panel.links],
        "thresholds": _steps(panel.steps),
    }
    return _MAKERS[panel.kind](panel, common)


def _time_series(panel: Panel, common: dict[str, Any]) -> core.Panel:
    custom = {"axisSoftMin": panel.soft_low, "axisSoftMax": panel.soft_high}
    defaults = {"noValue": panel.missing, "min": panel.low, "max": panel.high, "custom": custom}
    style = "line+area" if panel.area else "line" if panel.steps else "off"
    return core.TimeSeries(
        **common,
        unit=panel.unit,
        lineWidth=2,
        fillOpacity=0,
        showPoints="auto",
        spanNulls=False,
        tooltipMode="multi",
        tooltipSort="desc",
        legendDisplayMode="list",
        legendPlacement="bottom",
        thresholdsStyleMode=style,
        overrides=[_limit_style(chr(ord("A") + index)) for index, query in enumerate(panel.queries) if query.limit],
        extraJson=_extra(defaults, {"legend": {"showLegend": True}}),
    )


def _stat(panel: Panel, common: dict[str, Any]) -> core.Panel:
    return core.Stat(
        **common,
        alignment="center",
        color={"mode": "thresholds"},
        colorMode="background",
        graphMode="none",
        decimals=panel.decimals,
        format="none",
        mappings=_mappings(panel.states),
        noValue=panel.missing,
        orientation="auto",
        reduceCalc="lastNotNull",
        textMode="value",
        extraJson=_extra({}, {}),
    )


def _state_timeline(panel: Panel, common: dict[str, Any]) -> core.Panel:
    return core.StateTimeline(
        **common,
        fillOpacity=85,
        mergeValues=True,
        showValue="auto",
        mappings=_mappings(panel.states),
        tooltipMode="single",
        extraJson=_extra({"noValue": panel.missing}, {"legend": {"showLegend": True}, "tooltip": {"sort": "none"}}),
    )


def _table(panel: Panel, common: dict[str, Any]) -> core.Panel:
    first = {"alertname": "Alert", "severity": "Severity", "Value": "Firing"}
    organize = {
        "id": "organize",
        "options": {
            "excludeByName": {"Time": True, "__name__": True, "alertstate": True},
            "indexByName": {name: index for index, name in enumerate(first)},
            "renameByName": dict(first),
        },
    }
    return core.Table(
        **common,
        unit="",
        displayMode="auto",
        sortBy=[core.TableSortByField(displayName="Firing", desc=True)],
        transformations=[organize],
        overrides=[{
            "matcher": {"id": "byName", "options": "Firing"},
            "properties": [{"id": "unit", "value": panel.unit}],
        }],
        extraJson=_extra(
            {"noValue": panel.missing, "custom": {"cellOptions": {"type": "auto"}, "inspect": False}},
            {"cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""}},
        ),
    )  # fmt: skip


_MAKERS = {"timeseries": _time_series, "stat": _stat, "state-timeline": _state_timeline, "table": _table}


def _extra(defaults: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    return {"fieldConfig": {"defaults": dict(defaults)}, "options": dict(options), "pluginVersion": PLUGIN_VERSION}


def _target(index: int, query: Query, panel: Panel) -> core.Target:
    return Target(
        expr=query.expr,
        legendFormat=query.legend,
        refId=chr(ord("A") + index),
        instant=query.instant,
        format="table" if panel.kind == "table" else "time_series",
        datasource=SOURCE,
    )


class Target(core.Target):  # type: ignore[misc]
    """A query as Grafana's Prometheus data source takes it since version 9."""

    def to_json_data(self) -> dict[str, Any]:
        data = {key: value for key, value in super().to_json_data().items() if key not in _OBSOLETE and value != ""}
        return {**data, "range": not self.instant, "editorMode": "code"}


def _limit_style(ref: str) -> dict[str, Any]:
    """A limit that is a series: a dashed line in a warning colour."""
    return {
        "matcher": {"id": "byFrameRefID", "options": ref},
        "properties": [
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 10]}},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": "#D55E00"}},
        ],
    }


def _steps(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    found = [{"color": step.color, "value": step.value} for step in steps]
    return found or [{"color": "transparent", "value": None}]


def _mappings(states: tuple[State, ...]) -> list[dict[str, Any]]:
    if not states:
        return []
    options = {
        str(state.value): {"text": state.text, "color": state.color, "index": index} for index, state in enumerate(states)
    }
    return [{"type": "value", "options": options}]


def _data_source() -> core.Template:
    return core.Template(name="datasource", label="Data source", type="datasource", query="prometheus")


def _template(variable: Variable) -> core.Template:
    return core.Template(
        name=variable.name,
        label=variable.name.capitalize(),
        query=variable.query,
        dataSource=SOURCE,
        includeAll=True,
        allValue=".*",
        multi=True,
        refresh=core.REFRESH_ON_TIME_RANGE_CHANGE,
        sort=core.SORT_ALPHA_ASC,
    )


def _variable(data: dict[str, Any]) -> dict[str, Any]:
    """A variable as Grafana 10 saves it."""
    found = {key: value for key, value in data.items() if key not in _OBSOLETE and value is not None}
    found["options"] = []
    found["skipUrlSync"] = False
    if data["type"] == "datasource":
        return {**found, "query": data["query"], "current": {}, "regex": "", "multi": False, "includeAll": False}
    query = data["query"]
    return {
        **found,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "query": {"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "regex": "",
    }


def _panel(data: dict[str, Any]) -> dict[str, Any]:
    """A panel without what is obsolete and without keys that say nothing."""
    found = {key: value for key, value in data.items() if key not in _OBSOLETE and value is not None}
    if data["type"] == "row":
        return {key: found[key] for key in ("id", "type", "title", "collapsed", "gridPos", "panels")}
    config = found["fieldConfig"]
    config["defaults"].get("custom", {}).pop("displayMode", None)
    config["defaults"] = _without_nothing(config["defaults"])
    config.setdefault("overrides", [])
    if not found.get("links"):
        found.pop("links", None)
    if not found.get("transformations"):
        found.pop("transformations", None)
    return found


def _without_nothing(value: dict[str, Any]) -> dict[str, Any]:
    """Without keys whose value is None; the base step of thresholds, which is None, stays."""
    return {
        key: _without_nothing(each) if isinstance(each, dict) else each
        for key, each in value.items()
        if each is not None and (key, each) != ("unit", "")
    }


def _plain(value: object) -> object:
    return value.to_json_data()  # type: ignore[attr-defined]


__all__ = ["Dashboard", "dashboard_of", "text_of"]
