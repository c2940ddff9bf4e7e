"""Reduced rule files in a real Prometheus: loaded, compared, taken back; whatever goes wrong, a whole set is loaded."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import CallError, InputError
from promtrim.push.prometheus.reload import Reload
from tests.push.loading import REDUCED, RULES, SETTINGS, A, B, Running, started, write
from tests.push.receiver import proxy


def test_pushed_and_taken_back(programs: tuple[Path, Path], tmp_path: Path) -> None:
    with started(programs[0], tmp_path) as running:
        since = running.alerts()["Pending"]["alerts"][0]["activeAt"]
        outcome = running.push()
        assert outcome.ok, outcome
        assert running.files() == REDUCED
        assert set(running.alerts()) == {"Pending", "Cellar"}
        pending = running.alerts()["Pending"]
        assert pending["state"] == "pending"
        assert pending["alerts"][0]["activeAt"] == since, "it started over"
        again = running.push()
        assert again.ok
        assert {step.mark for step in again.steps} == {"same"}
        assert running.undo().ok
        assert running.files() == RULES
        assert set(running.alerts()) == {"Pending", "Cellar", "Noise", "Noise2", "Noise3"}
        assert running.alerts()["Pending"]["alerts"][0]["activeAt"] == since
        with pytest.raises(CallError, match="no push"):
            running.undo()


def test_a_dry_run_changes_nothing(running: Running, own_state: Path) -> None:
    outcome = running.push(go=lambda _: False)
    assert outcome.dry
    assert outcome.pending
    assert running.files() == RULES
    assert not list(own_state.rglob("manifest.json"))


def test_rules_that_stand_where_they_are_read(running: Running) -> None:
    write(running.rules.parent.parent, {"promtrim.yml": SETTINGS})
    paths = [str(running.rules / name) for name in RULES]
    plan = api.make_plan(paths, config=str(running.rules.parent.parent / "promtrim.yml"), evidence=False)
    assert running.push(plan).ok
    assert running.files() == REDUCED
    assert running.undo().ok
    assert running.files() == RULES


def test_sighup(prometheus_program: Path, tmp_path: Path) -> None:
    with started(prometheus_program, tmp_path, "--log.level=info") as running:
        refused = running.push()
        assert not refused.ok
        assert any("--web.enable-lifecycle" in step.detail for step in refused.steps)
        assert running.files() == RULES
        pid = listening_on(running.url.rpartition(":")[2])
        assert running.push(reload=Reload(pid)).ok
        assert set(running.alerts()) == {"Pending", "Cellar"}


def listening_on(port: str) -> int:
    """The process that was told to listen there."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if any(word.endswith(f":{port}".encode()) for word in line.read_bytes().split(b"\0")):
                return int(line.parent.name)
    raise AssertionError(f"no process was told to listen on {port}")


def test_a_file_that_is_emptied(running: Running) -> None:
    settings = "keep: [{alert: Pending, reason: a}]\ndrop: [{alert: '*', reason: b}]\n"
    rules = {"a.yml": A, "below/b.yml": B.replace("      - {record", "      # - {record")}
    write(running.rules, rules)
    assert running.push(running.plan(settings, rules)).ok
    assert running.files()["below/b.yml"] == "groups: []\n"
    assert set(running.alerts()) == {"Pending"}
    assert running.undo().ok
    assert running.files() == rules


def test_without_a_reload(running: Running) -> None:
    assert running.push(reload=Reload(none=True)).ok
    assert running.files() == REDUCED
    assert "Noise" in running.alerts()
    assert running.push().ok  # nothing to write, but to load
    assert set(running.alerts()) == {"Pending", "Cellar"}


def test_a_reload_that_fails_brings_the_old_rules_back(running: Running) -> None:
    with proxy(running.url) as between:
        between.fault = lambda method, path, number: 500 if path == "/-/reload" else None
        outcome = running.push(url=between.url)
    assert not outcome.ok
    assert running.files() == RULES
    assert "Noise" in running.alerts()
    assert running.push().ok


def test_prometheus_refuses_the_configuration(running: Running) -> None:
    config = running.rules.parent / "prometheus.yml"
    before = config.read_text()
    config.write_text("no: configuration\n")
    outcome = running.push()
    assert not outcome.ok
    assert running.files() == RULES
    config.write_text(before)
    assert running.push().ok
    assert set(running.alerts()) == {"Pending", "Cellar"}


def test_a_server_that_loads_something_else(running: Running, tmp_path: Path) -> None:
    running.rules = tmp_path / "elsewhere"
    write(running.rules, {"c.yml": B.replace("cellar", "attic")})
    write(running.repository, {"c.yml": B.replace("cellar", "attic"), "promtrim.yml": SETTINGS})
    plan = api.make_plan([str(running.repository / "c.yml")], evidence=False)
    with pytest.raises(InputError, match="has loaded nothing of this file"):
        running.push(plan)


def test_rules_that_the_plan_does_not_know_are_not_lost(running: Running) -> None:
    (running.rules / "a.yml").write_text(A.replace("alert: Noise2", "alert: Mine"))
    with pytest.raises(InputError, match="Mine stands here and not in"):
        running.push()
    assert "alert: Mine" in running.files()["a.yml"]
    assert running.push(overwrite=True).ok


def test_somebody_changed_a_file_since(running: Running) -> None:
    assert running.push().ok
    (running.rules / "a.yml").write_text(A.replace("1h", "2h"))
    with pytest.raises(InputError, match="changed this file since"):
        running.undo()
    assert running.undo(overwrite=True).ok
    assert running.files() == RULES


def test_several_pushes_are_taken_back_one_by_one(running: Running) -> None:
    first = running.plan("keep: [{alert: '[!N]*', reason: a}, {alert: Noise, reason: b}]\ndrop: [{alert: 'Noise?', reason: c}]\n")
    assert running.push(first).ok
    assert set(running.alerts()) == {"Pending", "Cellar", "Noise"}
    assert running.push().ok
    assert running.undo().ok
    assert set(running.alerts()) == {"Pending", "Cellar", "Noise"}
    assert running.undo().ok
    assert running.files() == RULES
