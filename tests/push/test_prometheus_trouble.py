"""A Prometheus that is down, a disk that is full, pushes at once, killed pushes: a whole set of rules is loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import CallError, OutputError, RemoteError
from promtrim.http import Client, Server
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
from tests.push.loading import REDUCED, RULES, Running, started


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
