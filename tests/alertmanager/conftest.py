"""A small shop's Alertmanager: old and new matchers, continue, regular expressions, intervals, inhibition."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim import api
from promtrim.alertmanager.model import Account

CONFIG = """\
# The shop's alerts
global:
  slack_api_url: '${SLACK_URL}'
  smtp_smarthost: '${MAIL_HOST:-mail.shop.test}:${MAIL_PORT:-587}'
  smtp_from: alerts@shop.test

route:
  receiver: chat
  group_by: [alertname]
  routes:
    # wakes somebody
    - matchers: ['severity="critical"']
      receiver: pager
      continue: true

    # the tills
    - match_re:
        team: tills|counter
      receiver: tills
      routes:
        - match: {severity: critical}
          receiver: tills-pager
        # at night nobody sells
        - matchers: [severity=~"warning|info"]
          receiver: tills-mail
          mute_time_intervals: [nights]

    # the warehouse
    - matchers: [team="warehouse", severity!="critical"]
      receiver: warehouse
    - match:
        team: cellar
      receiver: cellar

inhibit_rules:
  # no news of what depends on it
  - source_matchers: [alertname="TillsDown"]
    target_matchers: [alertname=~"Tills.*", severity="warning"]
    equal: [shop]

  - source_match: {alertname: WarehouseFlooded}
    target_match: {team: warehouse}

time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: "22:00", end_time: "24:00"}]
  - name: holidays
    time_intervals:
      - months: [december]

receivers:
  - name: chat
    slack_configs: [{channel: '#shop'}]
  - name: pager
    pagerduty_configs: [{service_key: '${PAGER_KEY}'}]
  # nobody reads these
  - name: tills
    slack_configs: [{channel: '#tills'}]
  - name: tills-pager
    pagerduty_configs: [{service_key: '${PAGER_KEY}'}]
  - name: tills-mail
    email_configs: [{to: tills@shop.test}]

  - name: warehouse
    webhook_configs: [{url: 'http://warehouse:8080/'}]
  - name: cellar
    webhook_configs: [{url: 'http://cellar:8080/'}]
  - name: attic
    webhook_configs: [{url: 'http://attic:8080/'}]
"""

RULES = """\
groups:
  - name: shop
    rules:
      - {alert: TillsDown, expr: 'sum(up{job="tills"}) == 0', labels: {severity: critical, team: tills}}
      - {alert: TillsSlow, expr: 'sum(till_seconds) > 5', labels: {severity: warning, team: tills}}
      - {alert: WarehouseFlooded, expr: 'max(water_level) > 0.1', labels: {severity: warning, team: warehouse}}
      - {alert: CellarDark, expr: 'max(light_on) == 0', labels: {severity: info, team: cellar}}
"""
PROMETHEUS = """\
global: {external_labels: {shop: harbour}}
rule_files: [rules.yml]
"""

Trim = Callable[..., Account]


@pytest.fixture
def shop(tmp_path: Path) -> Trim:
    """Trim the shop's configuration: ``shop(drop=["CellarDark"], only_sender=True)``."""

    def trim(
        drop: tuple[str, ...] = (), config: str = CONFIG, rules: str = RULES, known: bool = True, **options: object
    ) -> Account:
        (tmp_path / "alertmanager.yml").write_text(config)
        (tmp_path / "rules.yml").write_text(rules)
        (tmp_path / "prometheus.yml").write_text(PROMETHEUS)
        every = "".join(f"  - {{alert: {name}, reason: not here}}\n" for name in drop)
        kept = "".join(
            f"  - {{alert: {name}, reason: needed}}\n"
            for name in (line.split("alert: ")[1].split(",")[0] for line in rules.splitlines() if "alert: " in line)
            if name not in drop
        )
        (tmp_path / "promtrim.yml").write_text(f"drop:\n{every or '  []'}\nkeep:\n{kept}")
        plan = api.make_plan([str(tmp_path / "rules.yml")], evidence=False)
        sender = [str(tmp_path / "prometheus.yml")] if known else []
        return api.trim_alertmanager(
            plan, str(tmp_path / "alertmanager.yml"), prometheus_config=sender, **options  # type: ignore[arg-type]
        )

    return trim


@pytest.fixture(scope="session")
def amtool() -> str:
    """Path of amtool; skips where it is not installed."""
    path = shutil.which("amtool")
    if path is None:
        pytest.skip("amtool is not installed")
    return path
