"""A real Prometheus and a real Alertmanager with alerts that fire, and a receiver that records who was told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from promtrim.http import Client, Server
from promtrim.plan.model import Plan
from promtrim.push.steps import Outcome
from tests import servers
from tests.push.loading import Running, started
from tests.push.receiver import Notifications, webhook

RULES = """\
groups:
  - name: shop
    interval: 1s
    rules:
      - {alert: TillsSlow, expr: 'vector(2) > 1', labels: {severity: warning, team: tills}}
      - {alert: TillsDown, expr: 'vector(1) > 0', labels: {severity: critical, team: tills}}
"""
SETTINGS = """\
keep: [{alert: TillsDown, reason: somebody must come}]
drop: [{alert: TillsSlow, reason: nobody acts on it}]
"""
EXTERNAL = {"shop": "harbour"}

ALERTMANAGER = """\
route:
  receiver: everybody
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1s
receivers:
  - name: everybody
    webhook_configs: [{url: '$WEBHOOK', send_resolved: false}]
"""


def plan_of(folder: Path, rules: str = RULES, settings: str = SETTINGS, **options: Any) -> Plan:
    """A plan for rules that stand in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yml").write_text(rules)
    (folder / "promtrim.yml").write_text(settings)
    return api.make_plan([str(folder / "rules.yml")], evidence=False, **options)


def in_hours(hours: float = 1) -> datetime:
    return datetime.now(timezone.utc) + timedelta(hours=hours)


class Shop:
    """What runs, and pushing to it."""

    def __init__(self, alertmanager: str, told: Notifications, folder: Path) -> None:
        self.url = alertmanager
        self.told = told
        self.folder = folder

    def push(self, plan: Plan | None = None, url: str = "", **options: Any) -> Outcome:
        server = Server(url or self.url, timeout=options.pop("timeout", 5.0), retries=options.pop("retries", 3))
        given = {"ends": in_hours(), "match": EXTERNAL, **options}
        return api.push_alertmanager(plan or plan_of(self.folder), server, **given)

    def undo(self, **options: Any) -> Outcome:
        return api.undo_alertmanager(Server(self.url), **options)


@contextmanager
def alertmanager_only(program: Path, folder: Path, config: str = ALERTMANAGER) -> Iterator[Shop]:
    """An Alertmanager and a receiver; alerts are sent by the test."""
    with ExitStack() as stack:
        told = stack.enter_context(webhook())
        url = stack.enter_context(servers.alertmanager(program, config.replace("$WEBHOOK", told.url), folder / "am"))
        yield Shop(url, told, folder)


@contextmanager
def whole(programs: tuple[Path, Path], folder: Path, rules: str = RULES, config: str = ALERTMANAGER) -> Iterator[Shop]:
    """Prometheus too."""
    with alertmanager_only(programs[1], folder, config) as shop, ExitStack() as stack:
        (folder / "prom").mkdir()
        (folder / "prom" / "rules.yml").write_text(rules)
        text = (
            "global: {evaluation_interval: 1s, external_labels: {shop: harbour}}\nrule_files: [rules.yml]\n"
            f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{shop.url.removeprefix('http://')}']}}]}}]}}\n"
        )
        stack.enter_context(servers.prometheus(programs[0], text, folder / "prom", "--rules.alert.resend-delay=1s"))
        yield shop


def _pairs() -> list[tuple[Path, Path]]:
    return list(zip(servers.programs("prometheus"), servers.programs("prometheus-alertmanager"), strict=False))


@pytest.fixture(params=range(2), ids=["stable", "newer"], scope="session")
def programs(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """Prometheus and Alertmanager: those that are installed, and newer ones; skips what cannot be had."""
    found = _pairs()
    if len(found) <= request.param:
        pytest.skip("no such version here")
    return found[request.param]


@pytest.fixture(scope="session")
def alertmanager_program() -> Path:
    found = servers.programs("prometheus-alertmanager")
    if not found:
        pytest.skip("no Alertmanager is installed")
    return found[0]


@pytest.fixture(scope="session")
def prometheus_program() -> Path:
    found = servers.programs("prometheus")
    if not found:
        pytest.skip("no Prometheus is installed")
    return found[0]


@pytest.fixture
def shop(alertmanager_program: Path, tmp_path: Path) -> Iterator[Shop]:
    """An Alertmanager without a Prometheus."""
    with alertmanager_only(alertmanager_program, tmp_path) as running:
        yield running

@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    """Of the shop's Alertmanager."""
    with Client(Server(shop.url)) as found:
        yield found


@pytest.fixture
def running(prometheus_program: Path, tmp_path: Path) -> Iterator[Running]:
    """A Prometheus that has loaded the rules of ``loading``."""
    with started(prometheus_program, tmp_path) as found:
        yield found
