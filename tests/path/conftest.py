"""Small stacks: the fixtures, and stacks written on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim import api
from promtrim.path.model import Link, Way, Ways
from promtrim.plan.model import Decided, Plan
from promtrim.stack.sources import Sources
from promtrim.topology.model import Topology

Follow = Callable[..., "Followed"]


class Followed:
    """A plan and its ways, with short names for what tests ask."""

    def __init__(self, plan: Plan, ways: Ways) -> None:
        self.plan = plan
        self.ways = ways

    def way(self, alert: str) -> Way:
        return next(way for way in self.ways.ways if way.alert == alert)

    def link(self, alert: str, name: str) -> Link:
        return next(link for link in self.way(alert).links if link.name == name)

    def rule(self, alert: str) -> Decided:
        return next(each for each in self.plan.rules if each.judged.rule.alert == alert)

    def codes(self) -> list[str]:
        return [each.code for each in self.ways.findings]

    def texts(self, code: str) -> list[str]:
        return [each.text for each in self.ways.findings if each.code == code]


@pytest.fixture
def bakery(fixtures: Path) -> Followed:
    """A compose stack, its sources found by looking through its folder."""
    return Followed(*api.follow([str(fixtures / "stack" / "bakery")]))


@pytest.fixture
def library(fixtures: Path) -> Followed:
    """A cluster's manifests and configurations, named one by one."""
    folder = fixtures / "stack" / "library"
    sources = Sources(
        kubernetes=[str(folder / "manifests")],
        prometheus_config=[str(folder / "prometheus.yml")],
        alertmanager_config=[str(folder / "alertmanager.yml")],
    )
    return Followed(*api.follow([str(folder / "rules.yml")], sources=sources))


RULES = """
groups:
  - name: g
    rules:
      - {alert: Gone, expr: 'up{job="app"} == 0', labels: {severity: critical}}
"""
CONFIG = """
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["alertmanager:9093"]}]}]}
scrape_configs:
  - job_name: app
    static_configs: [{targets: ["app:8000"]}]
"""
COMPOSE = """
services:
  app: {image: registry.example.com/app:1}
  alertmanager: {image: "prom/alertmanager:v0.27.0", volumes: ["./alertmanager.yml:/etc/alertmanager/alertmanager.yml"]}
  prometheus:
    image: prom/prometheus:v2.53.0
    volumes: ["./prometheus.yml:/etc/prometheus/prometheus.yml", "./rules.yml:/etc/prometheus/rules.yml"]
"""
RECEIVER = """
route: {receiver: chat}
receivers: [{name: chat, webhook_configs: [{url: "https://chat.firm.test/hook"}]}]
"""


@pytest.fixture
def stack(tmp_path: Path) -> Follow:
    """A small compose stack that works, with files replaced: ``stack(compose=..., rules=...)``."""

    def make(
        rules: str = RULES, config: str = CONFIG, compose: str = COMPOSE, receiver: str = RECEIVER,
        topology: Topology | None = None, **more: str,
    ) -> Followed:  # fmt: skip
        texts = {"rules.yml": rules, "prometheus.yml": config, "docker-compose.yml": compose}
        texts |= {"alertmanager.yml": receiver} | {name.replace("__", "."): text for name, text in more.items()}
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        sources = Sources(
            compose=[[str(tmp_path / "docker-compose.yml")]],
            prometheus_config=[str(tmp_path / "prometheus.yml")],
            alertmanager_config=[str(tmp_path / "alertmanager.yml")],
        )
        return Followed(*api.follow([str(tmp_path / "rules.yml")], sources=sources, topology=topology))

    return make
