"""Every query of the dashboards on a real Prometheus: none is refused, and those that should return something do."""

from __future__ import annotations

from typing import Any

import pytest

from promtrim.dashboards.preview.variables import replaced
from tests.dashboards.live import Live

QUIET = {
    "stagedoor": {
        "StorefrontUnreachable": "nothing scrapes a storefront",
        "ManyForbiddenRequests": "nobody was turned away with 403",
        "PodStuckInCrashLoop": "the series exists only while a pod waits",
        "storefront": "so nobody can tell",
    },
    "critical": {"PodStuckInCrashLoop": "the series exists only while a pod waits"},
    "essential": {"storefront": "nothing scrapes it"},
    "host": {"SomeTargetDown": "every target is up: it counts none"},
}
"""Panels that have nothing to show here, and why."""
EVERYTHING = {"job": ".*", "instance": ".*", "namespace": ".*"}


@pytest.mark.parametrize("name", QUIET)
def test_queries_return_what_they_should(live: Live, dashboards: dict[str, dict[str, Any]], name: str) -> None:
    empty = set()
    asked = 0
    for panel in dashboards[name]["panels"]:
        for target in panel.get("targets", ()):
            asked += 1
            found = live.query(replaced(target["expr"], EVERYTHING))
            assert found["status"] == "success", (panel["title"], target["expr"], found.get("error"))
            if not found["data"]["result"]:
                empty.add(panel["title"])
    assert asked > 8
    assert empty == set(QUIET[name])


def test_choosing_an_instance_narrows_without_changing_values(live: Live, dashboards: dict[str, dict[str, Any]]) -> None:
    """Whatever a reader chooses, the series that are left have the values that they had."""
    narrowed = 0
    for dashboard in dashboards.values():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                if "$job" not in target["expr"] or "rate(" in target["expr"] or "time()" in target["expr"]:
                    continue
                whole = _by_labels(live, replaced(target["expr"], EVERYTHING))
                part = _by_labels(live, replaced(target["expr"], {**EVERYTHING, "job": "node|mongodb"}))
                assert part.keys() <= whole.keys()
                assert part.keys() == {labels for labels in whole if _chosen(labels)}
                narrowed += len(part)
    assert narrowed >= 5


def _by_labels(live: Live, expr: str) -> dict[frozenset[tuple[str, str]], str]:
    found = live.query(expr)["data"]["result"]
    return {frozenset(each["metric"].items()): each["value"][1] for each in found}


def _chosen(labels: frozenset[tuple[str, str]]) -> bool:
    return dict(labels).get("job") in ("node", "mongodb")


def test_variables_offer_what_there_is(live: Live, dashboards: dict[str, dict[str, Any]]) -> None:
    offered = {}
    for variable in dashboards["host"]["templating"]["list"][1:]:
        query = variable["query"]["query"]
        selector, _, label = query.removeprefix("label_values(").removesuffix(")").rpartition(", ")
        found = live.query(f"group by ({label}) ({replaced(selector, EVERYTHING)})")["data"]["result"]
        offered[variable["name"]] = {each["metric"].get(label) for each in found}
    assert {"node", "tickets-api", "cluster"} <= offered["job"]
    assert len(offered["instance"]) == 2
    assert offered["namespace"] == {"stagedoor"}


@pytest.mark.parametrize(
    ("name", "title", "value"),
    [("stagedoor", "backend", "0"), ("stagedoor", "redis", "0"), ("stagedoor", "volume", "1"), ("host", "monitoring", "0"),
     ("host", "node", "0"), ("host", "volume", "1"), ("essential", "redis", "0"), ("essential", "mongodb", "0")],
)  # fmt: skip
def test_tiles_say_what_is(live: Live, dashboards: dict[str, dict[str, Any]], name: str, title: str, value: str) -> None:
    """The volume has 11 percent left, all else is well."""
    panel = next(each for each in dashboards[name]["panels"] if each["type"] == "stat" and each["title"] == title)
    found = live.query(panel["targets"][0]["expr"])["data"]["result"]
    assert [each["value"][1] for each in found] == [value]
    assert value in panel["fieldConfig"]["defaults"]["mappings"][0]["options"]


def test_what_fires_is_listed_with_its_beginning(live: Live, dashboards: dict[str, dict[str, Any]]) -> None:
    number, which = dashboards["host"]["panels"][:2]
    firing = live.query(which["targets"][0]["expr"])["data"]["result"]
    names = {each["metric"]["alertname"] for each in firing}
    assert "VolumeFillsUp" in names
    assert "AlwaysThere" not in names, "it fires by design"
    assert all(abs(float(each["value"][1]) / 1000 - live.now) < 600 for each in firing)
    count = live.query(number["targets"][0]["expr"])["data"]["result"][0]["value"][1]
    assert int(count) == len(firing)
