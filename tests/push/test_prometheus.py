"""Reduced rule files in a real Prometheus: loaded, compared, taken back; whatever goes wrong, a whole set is loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from promtrim.errors import CallError, InputError, OutputError, RemoteError
from promtrim.http import Client, Server, wait_for
from promtrim.push import state
from promtrim.push.identity import plan_id
from promtrim.push.prometheus import history
from promtrim.push.prometheus.exchange import Work, carry_out
from promtrim.push.prometheus.files import exchanges
from promtrim.push.prometheus.history import Entry, File
from promtrim.push.prometheus.names import free_name, patterns
from promtrim.push.prometheus.reload import Reload, Reloader
from promtrim.push.steps import Outcome
from tests import servers
from tests.push.receiver import proxy

A = """\
groups:
  - name: shop
    interval: 1s
    rules:
      # noise
      - {alert: Noise, expr: 'vector(1) > 0', labels: {severity: warning}}

      # the tills
      - alert: Pending
        expr: vector(7) > 1
        for: 1h
        labels: {severity: critical}
  - name: gone
    interval: 1s
    rules:
      - {alert: Noise2, expr: 'vector(1) > 0', labels: {severity: warning}}
"""
B = """\
groups:
  - name: cellar
    interval: 1s
    rules:
      - {record: cellar:one, expr: 'sum by (job) (up{job="x"} offset 1h)'}
      - {alert: Cellar, expr: 'vector(1) > 0', labels: {severity: critical}}
      - {alert: Noise3, expr: 'vector(2) > 0', labels: {severity: warning}}
"""
SETTINGS = """\
keep: [{alert: Pending, reason: needed}, {alert: Cellar, reason: needed}]
drop: [{alert: 'Noise*', reason: noise}]
"""
RULES = {"a.yml": A, "below/b.yml": B}


class Running:
    """A Prometheus, its rules and a repository that they come from."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.rules = folder / "prom" / "rules"
        self.repository = folder / "repository"

    def plan(self, settings: str = SETTINGS, rules: dict[str, str] = RULES) -> Any:
        write(self.repository, {**rules, "promtrim.yml": settings})
        return api.make_plan([str(self.repository / name) for name in rules], evidence=False)

    def push(self, plan: Any = None, url: str = "", **options: Any) -> Outcome:
        server = Server(url or self.url, timeout=5.0, retries=options.pop("retries", 1))
        return api.push_prometheus(plan or self.plan(), server, str(self.rules), **options)

    def undo(self, **options: Any) -> Outcome:
        return api.undo_prometheus(Server(self.url), str(self.rules), **options)

    def files(self) -> dict[str, str]:
        """What lies in the rules' folder, temporary files too."""
        found = [path for path in self.rules.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.rules)): path.read_text() for path in found}

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Loaded alerting rules by name."""
        with urllib.request.urlopen(f"{self.url}/api/v1/rules") as response:
            groups = json.load(response)["data"]["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"}


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


REDUCED = {
    "a.yml": A[: A.index("      # noise")] + A[A.index("      # the tills") : A.index("  - name: gone")],
    "below/b.yml": B[: B.index("      - {alert: Noise3")],
}


@contextmanager
def started(
    program: Path, folder: Path, *arguments: str, pattern: str = "rules/*.yml\n  - rules/below/*.yml"
) -> Iterator[Running]:
    write(folder / "prom" / "rules", RULES)
    config = f"global: {{evaluation_interval: 1s}}\nrule_files:\n  - {pattern}\n"
    arguments = arguments or ("--web.enable-lifecycle",)
    with servers.prometheus(program, config, folder / "prom", *arguments) as url:
        running = Running(url, folder)
        assert wait_for(lambda: running.alerts()["Pending"].get("state") == "pending", 30)
        yield running


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def running(prometheus_program: Path, tmp_path: Path) -> Iterator[Running]:
    with started(prometheus_program, tmp_path) as found:
        yield found


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
        listening = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True, check=False).stdout
        port = running.url.rpartition(":")[2]
        line = next((line for line in listening.splitlines() if f":{port} " in line), "")
        if "pid=" not in line:
            pytest.skip("who listens cannot be told here")
        pid = int(line.partition("pid=")[2].partition(",")[0])
        assert running.push(reload=Reload(pid)).ok
        assert set(running.alerts()) == {"Pending", "Cellar"}


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


def test_down(running: Running) -> None:
    with pytest.raises(RemoteError):
        running.push(url=f"http://127.0.0.1:{servers.free_port()}", retries=0)
    assert running.files() == RULES


def test_two_at_once(running: Running) -> None:
    plan = running.plan()
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(running.push(plan))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [each.ok for each in outcomes] == [True] * 3
    assert running.files() == REDUCED
    assert running.undo().ok
    assert running.files() == RULES


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_full_disk(prometheus_program: Path, tmp_path: Path, own_state: Path) -> None:
    rules = tmp_path / "prom" / "rules"
    rules.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(rules)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with started(prometheus_program, tmp_path) as running:
            with (rules / "filler").open("wb", buffering=0) as stream, suppress(OSError):
                while True:
                    stream.write(b"x" * 1024)
            outcome = running.push()
            assert not outcome.ok
            assert "nothing was changed" in outcome.steps[-1].detail
            (rules / "filler").unlink()
            assert running.files() == RULES
            assert running.push().ok
    finally:
        subprocess.run(["umount", "-l", str(rules)], check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="root writes everywhere, save where nobody can")
def test_a_read_only_file_system(running: Running) -> None:
    rules = str(running.rules)
    if subprocess.run(["mount", "--bind", rules, rules], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", rules], check=True)
        outcome = running.push()
        assert not outcome.ok
        assert any("ead-only" in step.detail for step in outcome.steps)
        assert running.files() == RULES
    finally:
        subprocess.run(["umount", "-l", rules], check=False)
    assert set(running.alerts()) >= {"Noise", "Pending"}


def test_stopped_between_any_two_steps(running: Running) -> None:
    """As a SIGKILL would. Whatever set of files is there, Prometheus can load it, and no kept alert is lost; the next
    push or --undo mends it."""
    plan = running.plan()
    texts = [(document, api.reduce_document(plan, document).text) for document in plan.documents]
    stop = 0
    while True:
        with Client(Server(running.url)) as client:
            those = exchanges(plan, texts, str(running.rules), False)
            place = state.folder_for("prometheus", os.path.realpath(running.rules))
            files = tuple(File(each.path, history.digest(each.back), history.digest(each.new)) for each in those)
            folder = os.path.realpath(running.rules)
            entry = Entry(history.next_number(place), "begun", folder, running.url, plan_id(plan), files)
            work = Work(tuple(those), place, entry, patterns(client))
            reloader = Reloader(client, Reload(evaluation=False), [each.path for each in those])
            taken = list(islice(carry_out(work, reloader.apply), stop))
            client.send("POST", "/-/reload", repeatable=True)
        assert {"Pending", "Cellar"} <= set(running.alerts())
        if stop % 2 and stop < len(taken) + 1 and history.entries(place)[-1].phase == "begun":
            assert running.undo(reload=Reload(evaluation=False)).ok
            assert running.files() == RULES
        else:
            assert running.push(reload=Reload(evaluation=False)).ok
            assert running.files() == REDUCED
            assert set(running.alerts()) == {"Pending", "Cellar"}
            assert running.undo(reload=Reload(evaluation=False)).ok
            assert running.files() == RULES, "the old rules are those from before the push that was stopped"
        if len(taken) < stop:
            break
        stop += 1
        shutil.rmtree(place)
    assert stop >= 7


def test_killed_at_any_moment(running: Running, project: Path) -> None:
    """A real SIGKILL, at moments that differ."""
    running.plan()
    command = [
        sys.executable, "-m", "promtrim", "push", "prometheus", "--url", running.url, "--rules-dir", str(running.rules), "--yes",
        *(str(running.repository / name) for name in RULES),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(project)}
    for wait in (0.25, 0.35, 0.45, 0.55, 0.7):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        time.sleep(wait)
        process.kill()
        process.wait()
        assert {"Pending", "Cellar"} <= set(running.alerts())
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert running.files() == REDUCED
    assert set(running.alerts()) == {"Pending", "Cellar"}


@pytest.mark.parametrize(
    ("known", "where"),
    [
        (("rules/*.yml",), "rules"),
        (("/etc/prometheus/rules/*",), ""),
        (("rules/*", "*.tmp"), None),
        (("*/.promtrim-*",), None),
    ],
)
def test_temporary_names_that_nothing_reads(tmp_path: Path, known: tuple[str, ...], where: str | None) -> None:
    (tmp_path / "prom" / "rules").mkdir(parents=True)
    path = tmp_path / "prom" / "rules" / "a.yml"
    if where is None:
        with pytest.raises(OutputError, match="every temporary name"):
            free_name(str(path), known)
    else:
        assert Path(free_name(str(path), known)).parent == tmp_path / "prom" / where


def test_state_that_would_be_read_is_refused(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(running.rules / "state"))
    with pytest.raises(CallError, match="XDG_STATE_HOME"):
        running.push()
