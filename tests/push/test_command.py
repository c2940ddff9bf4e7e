"""``promtrim push`` as a person runs it: nothing without --yes, exit statuses, JSON, no secret shown."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promtrim.http import Client, Server
from promtrim.push.alertmanager.api import silences
from tests import servers
from tests.push.conftest import RULES, SETTINGS, Shop
from tests.push.documented import Grafana, documented

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "promtrim.yml").write_text(SETTINGS)
    (tmp_path / "prometheus.yml").write_text("global: {external_labels: {shop: harbour}}\nrule_files: [rules.yml]\n")
    return tmp_path


@pytest.fixture(scope="session")
def valid(project: Path) -> Callable[[bytes], dict[str, Any]]:
    """The object that a command printed, checked against its schema."""
    schema = json.loads((project / "schema" / "push.schema.json").read_text())
    Draft202012Validator.check_schema(schema)

    def check(text: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(text)
        Draft202012Validator(schema).validate(found)
        return found

    return check


def test_alertmanager(promtrim: Run, folder: Path, shop: Shop, valid: Callable[[bytes], dict[str, Any]]) -> None:
    push = ("push", "alertmanager", "--url", shop.url)
    given = ("rules.yml", "--prometheus-config", "prometheus.yml")
    with Client(Server(shop.url)) as client:
        dry = promtrim(*push, *given)
        assert dry.returncode == 0, dry.stderr
        assert b"- create silence {alertname=\"TillsSlow\"" in dry.stdout
        assert b"dry run: 1 to do; --yes does it" in dry.stdout
        assert valid(promtrim(*push, *given, "--format", "json").stdout)["dry_run"]
        assert silences(client) == []
        done = valid(promtrim(*push, *given, "--yes", "--format", "json").stdout)
        assert done["ok"]
        assert not done["dry_run"]
        (silence,) = silences(client)
        assert f"plan {done['plan']}" in silence.comment
        assert {matcher.name for matcher in silence.matchers} == {"alertname", "severity", "team", "shop"}
        undone = promtrim(*push, "--undo", "--yes", "--format", "json")
        assert valid(undone.stdout)["plan"] is None
        assert silences(client) == []


def test_a_server_that_is_not_there_is_not_as_wanted(promtrim: Run, folder: Path) -> None:
    url = f"http://user:hunter22@127.0.0.1:{servers.free_port()}"
    done = promtrim("push", "alertmanager", "--url", url, "rules.yml", "--yes")
    assert done.returncode == 1
    assert b"nothing listens there" in done.stderr
    assert b"hunter22" not in done.stdout + done.stderr


def test_prometheus(
    promtrim: Run, folder: Path, prometheus_program: Path, valid: Callable[[bytes], dict[str, Any]]
) -> None:
    running = folder / "prom"
    (running / "rules").mkdir(parents=True)
    (running / "rules" / "rules.yml").write_text(RULES)
    config = "global: {evaluation_interval: 1s}\nrule_files: [rules/*.yml]\n"
    with servers.prometheus(prometheus_program, config, running, "--web.enable-lifecycle") as url:
        push = ("push", "prometheus", "--url", url, "--rules-dir", "prom/rules")
        assert promtrim(*push, "rules.yml").returncode == 0
        assert (running / "rules" / "rules.yml").read_text() == RULES
        done = promtrim(*push, "rules.yml", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert b"TillsSlow" not in (running / "rules" / "rules.yml").read_bytes()
        assert b"each of the new rules was evaluated once" in done.stdout
        assert valid(promtrim(*push, "--undo", "--yes", "--format", "json").stdout)["ok"]
        assert (running / "rules" / "rules.yml").read_text() == RULES
    failed = promtrim(*push, "rules.yml", "--yes")
    assert failed.returncode == 1
    assert (running / "rules" / "rules.yml").read_text() == RULES


def test_grafana(promtrim: Run, folder: Path, valid: Callable[[bytes], dict[str, Any]]) -> None:
    (folder / "board.json").write_text(json.dumps({"uid": "shop", "title": "Shop", "panels": []}))
    (folder / "token").write_text("secret-token\n")
    grafana = Grafana()
    with documented(grafana):
        push = ("push", "grafana", "--url", grafana.url)
        done = promtrim(*push, "--token-file", "token", "board.json", "--yes", "--format", "json")
        assert valid(done.stdout)["ok"]
        assert grafana.dashboards["shop"]["title"] == "Shop"
        refused = promtrim(*push, "board.json", "--yes", env={"PROMTRIM_GRAFANA_TOKEN": "wrong-token"})
        assert refused.returncode == 1
        assert b"wrong-token" not in refused.stdout + refused.stderr


def test_kubernetes(promtrim: Run, folder: Path, valid: Callable[[bytes], dict[str, Any]]) -> None:
    push = ("push", "kubernetes", "-o", "out", "rules.yml")
    assert valid(promtrim(*push, "--format", "json").stdout)["dry_run"]
    assert not (folder / "out").exists()
    assert promtrim(*push, "--yes").returncode == 0
    assert "TillsSlow" not in (folder / "out" / "rules.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("alertmanager", "--url", "http://localhost:1"), "name the rule files, or say --undo"),
        (("alertmanager", "--url", "http://localhost:1", "--undo", "rules.yml"), "--undo takes no rule files"),
        (("alertmanager", "--url", "ftp://x", "rules.yml"), "is no address"),
        (("alertmanager", "--url", "http://localhost:1", "rules.yml", "--for", "soon"), "write a duration"),
        (("alertmanager", "--url", "http://localhost:1", "rules.yml", "--until", "2020-01-01T00:00:00Z"), "is over"),
        (("alertmanager", "--url", "http://localhost:1", "rules.yml", "--match", "x"), "write NAME=VALUE"),
        (("alertmanager", "--url", "http://localhost:1", "rules.yml", "--yes", "--dry-run"), "give one of them"),
        (("prometheus", "--url", "http://localhost:1", "--rules-dir", "none", "rules.yml"), "no such folder"),
        (("nowhere",), "there is no command"),
    ],
)
def test_calls_that_are_wrong(promtrim: Run, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = promtrim("push", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
