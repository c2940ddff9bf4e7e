"""Each format that Grafana has had: what goes, what stays as it was, and what the account says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promtrim.dashboards.existing.files import read
from promtrim.dashboards.existing.work import TrimmedFile, trim_files
from tests.dashboards.asking import asker, dashboards_of

NO_HPA = "no HorizontalPodAutoscaler exists"


def trimmed(path: Path | str, preset: str = "single-node") -> TrimmedFile:
    (file,) = trim_files(read([str(path)]), asker(preset))
    return file


def of_text(value: Any) -> tuple[TrimmedFile, Any]:
    """A dashboard as trimmed, and what is left as JSON."""
    (file,) = trim_files([dashboards_of(json.dumps(value, indent=2))], asker("single-node"))
    return file, json.loads(file.text)


def gone(file: TrimmedFile, what: str) -> list[str]:
    return [each.title for dashboard in file.dashboards for each in dashboard.trimming.removed if each.what == what]


@pytest.fixture
def folder(fixtures: Path) -> Path:
    return fixtures / "dashboards"


def test_current_format(folder: Path) -> None:
    file = trimmed(folder / "current.json")
    left = json.loads(file.text)
    assert gone(file, "panel") == ["Replicas by autoscaler", "Room left to scale", "etcd peers", "Replicas once more"]
    assert gone(file, "row") == ["Scaling"]
    assert gone(file, "variable") == ["autoscaler", "cluster"]  # never_used was of no use before either
    assert gone(file, "link") == ["Replicas in full"]
    assert [panel["title"] for panel in left["panels"]] == [
        "Traffic", "Requests", "Replicas wanted and there", "Datastores", "Errors", "Orders", "From the library", "Notes",
    ]  # fmt: skip
    assert [target["refId"] for target in left["panels"][2]["targets"]] == ["A"]
    assert [panel["title"] for panel in left["panels"][3]["panels"]] == ["etcd size"]
    reasons = {each.text for each in file.dashboards[0].trimming.removed if each.what == "query"}
    assert NO_HPA in reasons


def test_what_is_kept_is_kept_byte_for_byte(folder: Path) -> None:
    before = (folder / "current.json").read_text("utf-8").splitlines()
    after = trimmed(folder / "current.json").text.splitlines()
    new = [line for line in after if line not in before]
    assert len(new) == 9
    assert all('"gridPos"' in line or line.endswith('$namespace\\"}"}') for line in new)
    assert '"decimals": 1.50' in "".join(after)
    assert "1e0" in "".join(after)
    assert "\\u2192" in "".join(after)


def test_rows_of_before_grafana_5(folder: Path) -> None:
    file = trimmed(folder / "rows.json")
    left = json.loads(file.text)
    assert gone(file, "panel") == ["Wanted", "Limits"]
    assert [row["title"] for row in left["rows"]] == ["Machine", "Empty from the start"]
    assert [panel["span"] for panel in left["rows"][0]["panels"]] == [6, 6]
    assert [variable["name"] for variable in left["templating"]["list"]] == ["datasource", "instance"]


def test_version_2_with_tabs_rows_and_grids(folder: Path) -> None:
    file = trimmed(folder / "elements.json")
    left = json.loads(file.text)["spec"]
    assert list(left["elements"]) == ["panel-1", "panel-4", "panel-5"]
    assert gone(file, "row") == ["Bytes", "Peers"]
    (tab,) = left["layout"]["spec"]["tabs"]
    now, logs = tab["spec"]["layout"]["spec"]["rows"]
    first, second = now["spec"]["layout"]["spec"]["items"]
    assert (first["spec"]["element"]["name"], first["spec"]["x"], first["spec"]["width"]) == ("panel-1", 0, 24)
    assert second["spec"]["element"]["name"] == "panel-5"
    assert len(logs["spec"]["layout"]["spec"]["items"]) == 1
    assert [variable["spec"]["name"] for variable in left["variables"]] == ["datasource", "job"]


def test_version_2_alpha(folder: Path) -> None:
    file = trimmed(folder / "alpha.json")
    left = json.loads(file.text)
    assert list(left["elements"]) == ["panel-1"]
    assert [item["kind"] for item in left["layout"]["spec"]["items"]] == ["GridLayoutItem"]


def test_config_map(folder: Path) -> None:
    file = trimmed(folder / "configmap.yml")
    assert [dashboard.name for dashboard in file.dashboards] == ["scaling.json", "machine.json"]
    before = (folder / "configmap.yml").read_text("utf-8").splitlines()
    after = file.text.splitlines()
    assert [line for line in after if line not in before] == ['          "gridPos": {"h": 4, "w": 24, "x": 0, "y": 0},'][1:]
    assert len(before) - len(after) == 7
    assert "count(" not in file.text


@pytest.mark.parametrize("wrap", [lambda d: {"dashboard": d, "overwrite": True}, lambda d: {"meta": {}, "dashboard": d}])
def test_as_the_http_api_sends_it(folder: Path, wrap: Any) -> None:
    value = json.loads((folder / "rows.json").read_text("utf-8"))
    file, left = of_text(wrap(value))
    assert len(left["dashboard"]["rows"]) == 2
    assert file.dashboards[0].places[0].line > 3


@pytest.mark.parametrize("name", ["current.json", "rows.json", "elements.json", "alpha.json", "configmap.yml"])
def test_nothing_goes_where_everything_is_there_several_times(folder: Path, name: str) -> None:
    file = trimmed(folder / name, "ha-cluster")
    assert not file.changed
    assert not any(dashboard.trimming.removed for dashboard in file.dashboards)


@pytest.mark.parametrize("name", ["current.json", "rows.json", "elements.json", "alpha.json", "configmap.yml"])
def test_trimming_twice_is_trimming_once(folder: Path, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(trimmed(folder / name).text, "utf-8")
    assert not trimmed(tmp_path / name).changed


HPA = "kube_horizontalpodautoscaler_status_current_replicas"


def panel(number: int, *targets: Any, **fields: Any) -> dict[str, Any]:
    return {"id": number, "type": "timeseries", "title": f"p{number}", "targets": list(targets), **fields}


def test_a_query_that_an_old_alert_asks_stays() -> None:
    alert = {"conditions": [{"query": {"params": ["A", "5m", "now"]}}]}
    value = {"title": "x", "panels": [panel(1, {"refId": "A", "expr": HPA}, {"refId": "B", "expr": HPA}, alert=alert)]}
    _, left = of_text(value)
    assert [target["refId"] for target in left["panels"][0]["targets"]] == ["A"]


def test_what_an_expression_that_stays_needs_stays() -> None:
    targets = [
        {"refId": "A", "expr": HPA}, {"refId": "B", "expr": "up"},
        {"refId": "C", "datasource": {"uid": "__expr__"}, "type": "math", "expression": "$A + $B"},
    ]  # fmt: skip
    file, _ = of_text({"title": "x", "panels": [panel(1, *targets)]})
    assert not file.changed


@pytest.mark.parametrize(
    "expression",
    [
        {"type": "math", "expression": "is_null($A)"},
        {"type": "sql", "expression": "SELECT 1 FROM A"},
        {"type": "classic_conditions", "conditions": [{"query": {"params": ["A"]}}]},
        {"type": "math", "expression": "1 + 1"},
    ],
)
def test_expressions_that_return_something_of_nothing_stay(expression: dict[str, Any]) -> None:
    targets = [{"refId": "A", "expr": HPA, "hide": True}, {"refId": "C", "datasource": {"uid": "__expr__"}, **expression}]
    _, left = of_text({"title": "x", "panels": [panel(1, *targets)]})
    assert left["panels"][0]["targets"][-1] == targets[-1]
    if "A" in json.dumps(expression):
        assert len(left["panels"][0]["targets"]) == 2


def test_chains_of_expressions_go_together() -> None:
    expression = {"datasource": {"type": "__expr__", "uid": "__expr__"}}
    targets = [
        {"refId": "A", "expr": HPA, "hide": True},
        {"refId": "B", "type": "reduce", "expression": "A", "hide": True, **expression},
        {"refId": "C", "type": "threshold", "expression": "B", **expression},
    ]
    file, left = of_text({"title": "x", "panels": [panel(1, *targets), panel(2, {"expr": "up"})]})
    assert gone(file, "query") == ["A", "B", "C"]
    assert [each["id"] for each in left["panels"]] == [2]


def test_a_panel_with_only_hidden_queries_left_goes_unless_another_shows_them() -> None:
    first = panel(1, {"refId": "A", "expr": HPA}, {"refId": "B", "expr": "up", "hide": True})
    _, left = of_text({"title": "x", "panels": [first, panel(2, {"expr": "up"})]})
    assert [each["id"] for each in left["panels"]] == [2]
    shows = panel(2, {"panelId": 1}, datasource={"type": "datasource", "uid": "-- Dashboard --"})
    _, left = of_text({"title": "x", "panels": [first, shows]})
    assert [each["id"] for each in left["panels"]] == [1, 2]


def test_library_panels_stay_unless_their_model_is_there_and_empty() -> None:
    model = {"type": "stat", "targets": [{"refId": "A", "expr": HPA}]}
    shared = {"id": 1, "libraryPanel": {"uid": "u", "name": "n"}, "targets": [{"expr": HPA}]}
    file, _ = of_text({"title": "x", "panels": [shared]})
    assert not file.changed
    _, left = of_text({"title": "x", "__elements": {"u": {"uid": "u", "model": model}}, "panels": [shared]})
    assert left["panels"] == []
    partly = {"type": "stat", "targets": [{"refId": "A", "expr": HPA}, {"refId": "B", "expr": "up"}]}
    file, _ = of_text({"title": "x", "__elements": {"u": {"uid": "u", "model": partly}}, "panels": [shared]})
    assert not file.changed


@pytest.mark.parametrize(
    ("datasource", "goes"),
    [
        (None, True),
        ("Prometheus", True),
        ("$ds", True),
        ("${ds}", True),
        ("$logs", False),
        ({"type": "prometheus", "uid": "x"}, True),
        ({"type": "grafana-amazonprometheus-datasource", "uid": "x"}, True),
        ({"type": "loki", "uid": "x"}, False),
        ({"uid": "$logs"}, False),
        ({"uid": "${DS_LOGS}"}, False),
        ({"type": "influxdb", "uid": "$ds"}, False),
    ],
)
@pytest.mark.parametrize("where", ["panel", "target"])
def test_data_sources(datasource: Any, goes: bool, where: str) -> None:
    query = {"refId": "A", "expr": HPA}
    fields = {} if datasource is None else {"datasource": datasource}
    one = panel(1, query, **fields) if where == "panel" else panel(1, {**query, **fields})
    value = {
        "title": "x",
        "__inputs": [{"name": "DS_LOGS", "type": "datasource", "pluginId": "loki"}],
        "templating": {"list": [
            {"name": "ds", "type": "datasource", "query": "prometheus"},
            {"name": "logs", "type": "datasource", "query": "loki"},
        ]},
        "panels": [one, panel(2, {"expr": "up"})],
    }  # fmt: skip
    file, _ = of_text(value)
    assert bool(gone(file, "panel")) is goes


def test_the_query_s_own_data_source_counts_before_the_panel_s() -> None:
    one = panel(1, {"expr": HPA, "datasource": {"type": "loki", "uid": "l"}}, datasource="-- Mixed --")
    file, _ = of_text({"title": "x", "panels": [one]})
    assert not file.changed


@pytest.mark.parametrize(
    "use",
    [
        {"title": "about $pod"},
        {"links": [{"title": "l", "url": "/d/x?var-pod=${pod}"}]},
        {"panels": [{"id": 9, "type": "text", "title": "[[pod]]"}]},
        {"panels": [{"id": 9, "type": "text", "title": "x", "repeat": "pod"}]},
        {"annotations": {"list": [{"expr": "up{pod=\"$pod\"}"}]}},
    ],
)
def test_variables_that_something_else_uses_stay(use: dict[str, Any]) -> None:
    """Whatever uses it: a title, a link, a text, a repeat, an annotation."""
    variables = {"list": [{"name": "pod", "type": "query", "query": "label_values(up{ns=\"$ns\"}, pod)"}, {"name": "ns"}]}
    only = panel(1, {"expr": f'{HPA}{{pod="$pod"}}'})
    file, left = of_text({"title": "x", "templating": variables, "panels": [only]})
    assert gone(file, "variable") == ["pod", "ns"]
    value = {"title": "x", "templating": variables, **use, "panels": [only, *use.get("panels", [])]}
    file, left = of_text(value)
    assert len(gone(file, "panel")) == 1
    assert [variable["name"] for variable in left["templating"]["list"]] == ["pod", "ns"]


def test_recording_rules_are_looked_into(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(f"groups:\n- name: g\n  rules:\n  - record: job:replicas:sum\n    expr: sum by (job) ({HPA})\n")
    value = {"title": "x", "panels": [panel(1, {"expr": "job:replicas:sum > 1"}), panel(2, {"expr": "job:other:sum"})]}
    (file,) = trim_files([dashboards_of(json.dumps(value))], asker("single-node", (str(rules),)))
    assert gone(file, "panel") == ["p1"]
    because = file.dashboards[0].trimming.removed[0].because
    assert because is not None
    assert (because.text, because.metric) == (NO_HPA, HPA)


def test_panels_without_places_and_odd_values_are_kept_as_they_are() -> None:
    odd = [
        7, None, "text", {"type": "row"}, {"targets": "none"}, {"targets": [1, None, {"expr": 3}]},
        {"id": "text", "title": ["a"], "gridPos": [1], "datasource": 4, "targets": [{"expr": HPA, "refId": 5}]},
        panel(3, {"expr": "up"}, gridPos={"x": 0.5, "y": 0, "w": 4, "h": 4}),
    ]  # fmt: skip
    _, left = of_text({"title": "x", "panels": odd, "templating": {"list": [None, {"name": 3}]}, "links": "no"})
    assert left["panels"] == [each for number, each in enumerate(odd) if number != 6]


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("/d/shop/any-name?orgId=1&viewPanel=1", True),
        ("https://grafana.example/d/shop?editPanel=1&x=y", True),
        ("?viewPanel=panel-1", True),
        ("/d/shop?viewPanel=2", False),
        ("/d/shop?viewPanel=12", False),
        ("/d/shop-overview?viewPanel=1", False),
        ("/d/other?viewPanel=1", False),
        ("/d/shop", False),
        ("", False),
    ],
)
def test_links_to_panels_that_are_gone(url: str, goes: bool) -> None:
    value = {"title": "x", "uid": "shop", "links": [{"title": "l", "url": url}], "panels": [panel(1, {"expr": HPA}), panel(2, {"expr": "up"})]}
    file, _ = of_text(value)
    assert gone(file, "link") == (["l"] if goes else [])
