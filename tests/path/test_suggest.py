"""Suggestions: only for essential cells that are empty, only on metrics that are there, and checks from outside."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from promtrim import api
from promtrim.output.suggest import GROUP, appended, outside
from promtrim.path.suggest import Suggestion
from promtrim.stack.sources import Sources
from promtrim.topology.model import Topology
from tests.path.conftest import CONFIG, RULES

SHOP = """
services:
  app:
    image: registry.example.com/app:1
    ports: ["8443:8000"]
    healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:8000/ready"]}
  database: {image: "postgres:16"}
  database-metrics: {image: "quay.io/prometheuscommunity/postgres-exporter:v0.15.0"}
  prometheus: {image: "prom/prometheus:v2.53.0", volumes: ["./:/etc/prometheus"]}
"""
WATCHED = CONFIG + '  - {job_name: database, static_configs: [{targets: ["database-metrics:9187"]}]}\n'
NOTHING = "groups:\n- name: g\n  rules:\n  - {alert: Other, expr: 'other > 1'}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in (("docker-compose.yml", SHOP), ("prometheus.yml", WATCHED), ("rules.yml", NOTHING)):
        (tmp_path / name).write_text(text)
    return tmp_path


def suggested(folder: Path, topology: Topology | None = None) -> dict[tuple[str, str], Suggestion]:
    plan = api.make_plan([str(folder / "rules.yml")], sources=str(folder), topology=topology)
    return {(each.component, each.failure_mode): each for each in api.suggest(plan, str(folder)).rules}


def test_empty_cells_are_filled(shop: Path) -> None:
    found = suggested(shop)
    assert set(found) == {("app", "down"), ("database", "down"), ("monitoring", "down")}
    assert found["app", "down"].expr == 'up{job="app"} == 0 or absent(up{job="app"})'
    assert found["database", "down"].expr == 'pg_up{job="database"} == 0 or absent(pg_up{job="database"})'


def test_a_cell_that_an_alert_holds_is_left_alone(shop: Path) -> None:
    (shop / "rules.yml").write_text(RULES)
    assert ("app", "down") not in suggested(shop)


def test_nothing_is_suggested_on_metrics_that_nobody_scrapes(shop: Path) -> None:
    (shop / "prometheus.yml").write_text(CONFIG)
    assert ("database", "down") not in suggested(shop)


def test_what_is_checked_from_outside_needs_no_rule(shop: Path) -> None:
    from promtrim.topology.model import ExternalCheck

    found = suggested(shop, Topology(external_checks=(ExternalCheck("app"), ExternalCheck("monitoring"))))
    assert set(found) == {("database", "down")}


def test_the_group_is_added_and_the_rest_untouched(shop: Path, promtool: str) -> None:
    plan = api.make_plan([str(shop / "rules.yml")], sources=str(shop), level="relevant")
    reduced = api.reduce_document(plan, plan.documents[0])
    more = api.with_suggestions(reduced, api.suggest(plan).rules)
    assert more.text.startswith(reduced.text)
    assert [group["name"] for group in yaml.safe_load(more.text)["groups"]] == ["g", GROUP]
    (shop / "out.yml").write_text(more.text)
    subprocess.run([promtool, "check", "rules", str(shop / "out.yml")], check=True, capture_output=True)


@pytest.mark.parametrize(
    "text", ["groups: []\n", "groups:\n    - name: a\n      rules: []", "groups:\r\n- name: a\r\n  rules: []\r\n"]
)
def test_layouts(text: str) -> None:
    one = Suggestion("a", "down", "ADown", "up == 0", "", "critical", "it's down", "why")
    added = appended(text, [one])
    assert added is not None
    assert yaml.safe_load(added)["groups"][-1]["rules"][0]["annotations"] == {"summary": "it's down"}
    assert ("\r\n" in text) == ("\r\n" in added)


def test_flow_style_has_no_place() -> None:
    assert appended("{groups: [{name: a, rules: []}]}", []) is None


def test_checks_of_a_compose_stack(shop: Path) -> None:
    plan = api.make_plan([str(shop / "rules.yml")], sources=str(shop))
    (check,) = api.suggest(plan, str(shop)).checks
    assert (check.component, check.url, check.inside) == ("app", "http://YOUR-HOST:8443/ready", "http://app:8000/ready")
    assert check.source.endswith("docker-compose.yml:6")


def test_checks_of_a_cluster(fixtures: Path) -> None:
    folder = fixtures / "stack" / "library"
    sources = Sources(kubernetes=[str(folder / "manifests")])
    plan = api.make_plan([str(folder / "rules.yml")], sources=sources)
    (check,) = api.suggest(plan, sources).checks
    assert check.url == "http://books.library.test/ready"
    assert check.inside == "http://catalogue.library.svc:80/ready"


def test_the_scrape_job_and_the_alert_are_accepted(shop: Path, promtool: str) -> None:
    plan = api.make_plan([str(shop / "rules.yml")], sources=str(shop))
    job, rule = yaml.safe_load(outside(api.suggest(plan, str(shop)).checks))
    (shop / "p.yml").write_text(yaml.safe_dump({"scrape_configs": [job]}))
    (shop / "r.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    for kind, file in (("config", "p.yml"), ("rules", "r.yml")):
        subprocess.run([promtool, "check", kind, str(shop / file)], check=True, capture_output=True)
