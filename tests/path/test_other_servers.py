"""Programs that read Prometheus' configuration, or evaluate its rules, in its place."""

from __future__ import annotations

import pytest

from tests.path.conftest import CONFIG, Follow

RULES = """
groups:
  - name: g
    rules:
      - {alert: Gone, expr: 'up{job="app"} == 0', labels: {severity: critical}}
      - {alert: NoJob, expr: 'up{job="nobody"} == 0', labels: {severity: critical}}
"""
COMPOSE = """
services:
  app: {image: registry.example.com/app:1}
  database:
    image: victoriametrics/victoria-metrics:v1.102.0
    command: [-promscrape.config=/etc/vm/prometheus.yml]
    volumes: ["./prometheus.yml:/etc/vm/prometheus.yml"]
  evaluator:
    image: victoriametrics/vmalert:v1.102.0
    command: [-rule=/etc/alerts/*.yml, "-notifier.url=http://alertmanager:9093"]
    volumes: ["./rules.yml:/etc/alerts/rules.yml"]
"""
BARE = CONFIG.replace("rule_files: [rules.yml]\n", "").replace("alerting:", "#")


@pytest.mark.parametrize("target", ["app:8000", "gone:8000"])
def test_what_is_pushed_keeps_everything_open(stack: Follow, target: str) -> None:
    followed = stack(rules=RULES, config=BARE.replace("app:8000", target), compose=COMPOSE)
    assert {each.judged.verdict for each in followed.plan.rules} == {"can-fire"}
    assert followed.link("Gone", "rule").mark == "ok"
    assert followed.link("Gone", "alertmanager").mark == "open"
    assert followed.link("Gone", "target").mark == ("ok" if target == "app:8000" else "broken")


def test_whose_evaluator_is_not_here(stack: Follow) -> None:
    followed = stack(rules=RULES, config=BARE, compose=COMPOSE[: COMPOSE.index("  evaluator:")])
    assert followed.link("Gone", "rule").mark == "open"


def test_itself_by_its_own_address(stack: Follow) -> None:
    followed = stack(rules=RULES, config=BARE.replace("app:8000", "localhost:8428"), compose=COMPOSE)
    assert followed.link("Gone", "target").mark != "broken"
