"""The entry point: exit statuses, one line per error, and no traceback whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim._version import __version__
from promtrim.cli import main as entry
from promtrim.errors import CallError, ErrorGroup, InputError

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def plan(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("promtrim.cli.planning.Asked.plan", plan)


def test_version(promtrim: Run) -> None:
    run = promtrim("--version")
    assert (run.returncode, run.stdout) == (0, f"promtrim {__version__}\n".encode())


def test_no_command_shows_help(promtrim: Run) -> None:
    run = promtrim()
    assert run.returncode == 0
    assert b"reduce" in run.stdout


def test_the_folder_listing_is_the_command_list(promtrim: Run, project: Path) -> None:
    listed = promtrim("--help").stdout.decode()
    folder = project / "promtrim" / "cli" / "commands"
    names = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")]
    assert {"reduce", "classify", "explain", "completion"} <= set(names)
    for name in names:
        assert f"  {name.replace('_', '-')} " in listed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rules.yml"], "there is no command 'rules.yml'"),
        (["__init__"], "there is no command '__init__'"),
        (["reduce"], "promtrim reduce: Missing argument 'PATH...'"),
        (["reduce", "--level", "all", "x"], "promtrim reduce: Invalid value for '--level'"),
        (["reduce", "--in-place", "-o", "out", "x"], "--in-place and -o say two places"),
        (["reduce", "--check", "-o", "out", "x"], "--check writes no rules"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(arguments) == entry.WRONG
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert says in shown.err


def test_each_error_is_one_line_with_its_place(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    errors = [
        InputError("a list is no mapping, indent it", "rules.yml", 7, 3),
        InputError("cannot be read, check its permissions", "evil\x1b[2J\nname.yml"),
        CallError("there is no alert 'X', look at promtrim classify"),
    ]
    failing(monkeypatch, ErrorGroup([*errors]))
    assert entry.main(["classify", "x"]) == entry.WRONG
    assert capsys.readouterr().err.splitlines() == [
        "rules.yml:7:3: a list is no mapping, indent it",
        "evil\\x1b[2J name.yml: cannot be read, check its permissions",
        "promtrim: there is no alert 'X', look at promtrim classify",
    ]


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (KeyboardInterrupt(), entry.INTERRUPTED, "interrupted"),
        (MemoryError(), entry.WRONG, "out of memory"),
        (RecursionError("too deep"), entry.WRONG, "internal error"),
        (ValueError("line\nbreak"), entry.WRONG, "(ValueError: line break), please report"),
        (PermissionError(13, "Permission denied", "rules.yml"), entry.WRONG, "rules.yml: Permission denied"),
    ],
)
def test_no_traceback_reaches_a_user(
    error: BaseException,
    status: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(monkeypatch, error)
    monkeypatch.setattr("promtrim.cli.streams.abandon_output", lambda: None)
    monkeypatch.delenv("PROMTRIM_DEBUG", raising=False)
    assert entry.main(["classify", "x"]) == status
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert says in shown


def test_a_trace_for_those_who_ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, ValueError("x"))
    monkeypatch.setenv("PROMTRIM_DEBUG", "1")
    assert entry.main(["classify", "x"]) == entry.WRONG
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(project: Path) -> None:
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "promtrim", "completion", "bash"],
            cwd=project,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert run.returncode == entry.WRONG
    assert run.stderr == b"promtrim: cannot write to standard output: No space left on device\n"


def test_a_reader_that_leaves(project: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(
        [sys.executable, "-m", "promtrim", "completion", "bash"],
        cwd=project,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert run.returncode == entry.BROKEN_PIPE
    assert run.stderr == b""


def test_closed_output(project: Path) -> None:
    run = subprocess.run(
        ["sh", "-c", 'exec "$0" -m promtrim completion bash >&-', sys.executable],
        cwd=project,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert run.returncode == entry.WRONG
    assert run.stderr.count(b"\n") == 1


def test_start_up_imports_little(project: Path) -> None:
    """What costs tens of milliseconds and only some commands need must not be imported to show a version."""
    code = "import sys; from promtrim.cli.main import main; main(['--version']); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    unwanted = {
        "importlib.metadata",
        "json",
        "jsonschema",
        "yaml",
        "requests",
        "grafanalib",
        "multiprocessing",
    }
    assert not loaded & (unwanted | {"dataclasses", "promql_parser", "promtrim.api", "asyncio"})
