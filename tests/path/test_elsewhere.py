"""Two servers: one of a compose project whose configuration was read, and an operator's in a cluster."""

from __future__ import annotations

from pathlib import Path

from promtrim import api
from promtrim.stack.sources import Sources
from tests.path.conftest import COMPOSE, CONFIG

MANIFESTS = """
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: shop}
spec: {selector: {matchLabels: {app: shop}}, endpoints: [{port: http}]}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: shop}
spec:
  groups:
    - name: g
      rules:
        - {alert: ShopGone, expr: 'up{job="shop"} == 0'}
        - {alert: NodeFull, expr: 'node_filesystem_avail_bytes < 1'}
"""
RULES = """
groups:
  - name: g
    rules:
      - {alert: Gone, expr: 'up == 0'}
      - {alert: ShopGoneToo, expr: 'up{job="shop"} == 0'}
"""


def test_each_rule_is_judged_by_what_its_own_server_scrapes(tmp_path: Path) -> None:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "shop.yml").write_text(MANIFESTS)
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "prometheus.yml").write_text(CONFIG.replace("app:8000", "gone:8000"))
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    sources = Sources(
        kubernetes=[str(tmp_path / "k8s")],
        compose=[[str(tmp_path / "docker-compose.yml")]],
        prometheus_config=[str(tmp_path / "prometheus.yml")],
    )
    plan = api.make_plan([str(tmp_path / "rules.yml"), str(tmp_path / "k8s" / "shop.yml")], sources=sources)
    verdicts = {each.judged.rule.name: (each.judged.verdict, each.judged.cause) for each in plan.rules}
    assert verdicts == {
        "Gone": ("always-fires", "not-scraped"),
        "ShopGoneToo": ("cannot-fire", "not-scraped"),
        "ShopGone": ("can-fire", None),
        "NodeFull": ("can-fire", None),
    }


def test_where_the_operator_s_is_the_only_one_its_jobs_are_open(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(MANIFESTS)
    sources = Sources(kubernetes=[str(tmp_path / "shop.yml")])
    plan = api.make_plan([str(tmp_path / "shop.yml")], sources=sources)
    assert plan.topology.jobs is None
    assert {each.judged.verdict for each in plan.rules} == {"can-fire"}
