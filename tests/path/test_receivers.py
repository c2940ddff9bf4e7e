"""Receivers that reach nobody; what amtool refuses is called so here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from promtrim.path.receivers import judge_receiver, start_problems
from promtrim.stack.alertmanager_config import parse_alertmanager_config


def config(receiver: str, general: str = "{}") -> str:
    return f"global: {general}\nroute: {{receiver: r}}\nreceivers:\n  - name: r\n{receiver}"


def slack(url: str) -> str:
    return f'    slack_configs: [{{api_url: "{url}", channel: "#a"}}]\n'


WORKING = {
    "slack": config(slack("https://hooks.slack.com/services/T01/B02/c3")),
    "slack in general": config('    slack_configs: [{channel: "#a"}]\n', '{slack_api_url: "https://hooks.slack.com/x/y"}'),
    "slack from a file": config("    slack_configs: [{api_url_file: /run/slack, channel: a}]\n"),
    "mail": config("    email_configs: [{to: night@firm.test, from: a@firm.test, smarthost: 'mail.firm.test:587'}]\n"),
    "pager": config("    pagerduty_configs: [{routing_key: 8a1f6b}]\n"),
}
SILENT = {
    "empty": config(""),
    "variable": config(slack("https://hooks.slack.com/${TOKEN}")),
    "placeholder": config(slack("https://hooks.slack.com/services/YOUR/WEBHOOK/URL")),
    "example mail": config("    email_configs: [{to: a@example.com, from: b@firm.test, smarthost: 'm:25'}]\n"),
    "key to change": config("    pagerduty_configs: [{routing_key: changeme}]\n"),
}
STOPPING = {
    "no url": config(slack("${SLACK_WEBHOOK_URL}")),
    "nothing to call": config('    slack_configs: [{channel: "#a"}]\n'),
    "no mail server": config("    email_configs: [{to: night@firm.test, from: a@firm.test}]\n"),
    "no port": config("", "{smtp_smarthost: '${HOST:-mail}:${PORT:-25}'}"),
}


@pytest.mark.parametrize("name", WORKING)
def test_receivers_that_work(name: str) -> None:
    parsed = parse_alertmanager_config(WORKING[name], "a.yml")
    assert judge_receiver(parsed.receivers["r"], parsed, None).mark == "ok"
    assert not list(start_problems(parsed))


@pytest.mark.parametrize("name", SILENT)
def test_receivers_that_reach_nobody(name: str) -> None:
    parsed = parse_alertmanager_config(SILENT[name], "a.yml")
    answer = judge_receiver(parsed.receivers["r"], parsed, None)
    assert answer.mark == "broken"
    assert answer.line


def test_variables_may_be_filled_in_before() -> None:
    parsed = parse_alertmanager_config(SILENT["variable"], "a.yml")
    assert judge_receiver(parsed.receivers["r"], parsed, None, rendered=True).mark == "open"


@pytest.mark.parametrize("name", STOPPING)
def test_what_keeps_alertmanager_from_starting(name: str) -> None:
    parsed = parse_alertmanager_config(STOPPING[name], "a.yml")
    assert list(start_problems(parsed))


@pytest.mark.parametrize("name", [*WORKING, *SILENT, *STOPPING])
def test_amtool_agrees_on_what_starts(name: str, tmp_path: Path) -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        pytest.skip("amtool is not installed")
    text = {**WORKING, **SILENT, **STOPPING}[name]
    (tmp_path / "a.yml").write_text(text)
    run = subprocess.run([amtool, "check-config", str(tmp_path / "a.yml")], capture_output=True, check=False)
    parsed = parse_alertmanager_config(text, "a.yml")
    assert (run.returncode == 0) is not bool(list(start_problems(parsed))), run.stdout


@pytest.mark.parametrize("url", ["http://localhost:5001/", "http://127.0.0.1/hook"])
def test_localhost_is_open_where_it_is_not_known_what_it_is(url: str) -> None:
    parsed = parse_alertmanager_config(config(f"    webhook_configs: [{{url: '{url}'}}]\n"), "a.yml")
    assert judge_receiver(parsed.receivers["r"], parsed, None).mark == "open"
