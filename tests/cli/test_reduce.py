"""``reduce``: where rules and accounts go, what is written and what is not."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
LEVELS = ("relevant", "critical", "essential")

KEPT = b'groups:\n  - name: a\n    rules:\n      - alert: Gone\n        expr: up{job="api"} == 0\n'
DROPPED = b"      - alert: TooFewNodes\n        expr: count(kube_node_info) < 3\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_bytes(KEPT + DROPPED)
    return path


@pytest.mark.parametrize("level", LEVELS)
def test_the_example_stack(level: str, promtrim: Run, fixtures: Path, promtool: str, tmp_path: Path) -> None:
    """The reduced files in fixtures/expected are what is printed, and what Prometheus loads."""
    run = promtrim("reduce", "--level", level, "--topology", fixtures / "topology.yml", fixtures / "alert_rules.yml")
    assert run.returncode == 0, run.stderr.decode()
    expected = fixtures / "expected" / f"{level}.yml"
    if os.environ.get("PROMTRIM_UPDATE"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(run.stdout)
    assert run.stdout.decode() == expected.read_text("utf-8")
    subprocess.run([promtool, "check", "rules", expected], check=True, capture_output=True)


@pytest.mark.parametrize("level", LEVELS)
def test_a_reduced_file_stays(level: str, promtrim: Run, fixtures: Path) -> None:
    once = fixtures / "expected" / f"{level}.yml"
    run = promtrim("reduce", "-q", "--level", level, "--topology", fixtures / "topology.yml", once)
    assert run.stdout == once.read_bytes()


def test_rules_on_output_account_on_error(promtrim: Run, rules: Path) -> None:
    run = promtrim("reduce", rules)
    assert run.returncode == 0
    assert run.stdout == KEPT
    assert b"TooFewNodes" in run.stderr
    assert promtrim("reduce", "--quiet", rules).stderr == b""


def test_standard_input(promtrim: Run, rules: Path) -> None:
    run = promtrim("reduce", "-", stdin=rules.read_bytes())
    assert run.stdout == KEPT


@pytest.mark.parametrize(
    "change",
    [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n"), lambda text: text[:-1]],
    ids=["byte order mark", "CRLF", "no final newline"],
)
def test_bytes_survive(change: Callable[[bytes], bytes], promtrim: Run, rules: Path) -> None:
    rules.write_bytes(change(KEPT))
    for arguments, stdin in (([rules], b""), (["-"], change(KEPT))):
        assert promtrim("reduce", *arguments, stdin=stdin).stdout == change(KEPT)


def test_check(promtrim: Run, rules: Path) -> None:
    run = promtrim("reduce", "--check", rules)
    assert (run.returncode, run.stdout) == (1, b"")
    assert b"TooFewNodes" in run.stderr
    rules.write_bytes(KEPT)
    assert promtrim("reduce", "--check", rules).returncode == 0


def test_in_place(promtrim: Run, rules: Path, tmp_path: Path) -> None:
    rules.chmod(0o640)
    link = tmp_path / "link.yml"
    link.symlink_to(rules)
    run = promtrim("reduce", "--in-place", link)
    assert (run.returncode, run.stdout) == (0, b"")
    assert link.is_symlink()
    assert rules.read_bytes() == KEPT
    assert stat.S_IMODE(rules.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yml", "rules.yml"]


def test_several_inputs_into_a_folder(promtrim: Run, rules: Path, tmp_path: Path) -> None:
    other = tmp_path / "more" / "rules.yml"
    other.parent.mkdir()
    kept = KEPT.replace(b"api", b"web")  # the same rule again would be dropped as said twice
    other.write_bytes(kept + DROPPED)
    run = promtrim("reduce", rules, other, "-o", tmp_path / "out")
    assert (run.returncode, run.stdout) == (0, b"")
    assert (tmp_path / "out" / "rules.yml").read_bytes() == KEPT
    assert (tmp_path / "out" / "more" / "rules.yml").read_bytes() == kept
    assert rules.read_bytes() == KEPT + DROPPED


def test_reports_leave_standard_output_to_themselves(promtrim: Run, rules: Path, tmp_path: Path) -> None:
    run = promtrim("reduce", "--format", "json", "-o", tmp_path / "out.yml", rules)
    assert run.returncode == 0
    value = json.loads(run.stdout)
    assert [rule["decision"] for rule in value["rules"]] == ["keep", "drop"]
    assert (tmp_path / "out.yml").read_bytes() == KEPT
    run = promtrim("reduce", "--format", "markdown", rules)
    assert run.stdout.startswith(b"**Kept 1 of 2 rules**")


def test_one_bad_file_and_nothing_is_written(promtrim: Run, rules: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("groups: 7\n")
    run = promtrim("reduce", "--in-place", rules, bad)
    assert run.returncode == 2
    assert run.stderr.startswith(str(bad).encode() + b":1:")
    assert run.stderr.count(b"\n") == 1
    assert rules.read_bytes() == KEPT + DROPPED


def test_colour_is_for_terminals(promtrim: Run, rules: Path) -> None:
    assert b"\x1b[" not in promtrim("reduce", rules).stderr


@pytest.mark.parametrize(
    ("extra", "env", "coloured"),
    [([], {}, True), (["--no-color"], {}, False), ([], {"NO_COLOR": "1"}, False)],
)
def test_a_terminal(extra: list[str], env: dict[str, str], coloured: bool, rules: Path, project: Path) -> None:
    import pty
    import sys

    leader, follower = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment.update(env, TERM="xterm", PYTHONPATH=str(project))
    command = [sys.executable, "-m", "promtrim", "reduce", *extra, str(rules)]
    subprocess.run(command, stderr=follower, stdout=subprocess.DEVNULL, env=environment, check=True)
    os.close(follower)
    shown = os.read(leader, 65536)
    os.close(leader)
    assert (b"\x1b[1m" in shown) is coloured
