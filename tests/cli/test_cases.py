"""End to end: each folder in ``cases/`` holds a command, its input, and exactly what it prints.

``command`` has the arguments of promtrim, ``status`` the exit status (0 where it is missing), ``stdin`` what it
reads, ``stdout`` and ``stderr`` what it writes (nothing where they are missing); ``fixtures/`` is that folder, linked
beside the input, so that lines wrap alike in every clone. Any other file is input. PROMTRIM_UPDATE=1 writes what is expected anew: read the diff.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
OURS = ("command", "status", "stdin", "stdout", "stderr")

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_case(case: str, promtrim: Run, fixtures: Path, tmp_path: Path) -> None:
    folder = CASES / case
    for path in folder.iterdir():
        if path.name not in OURS:
            shutil.copy(path, tmp_path)
    before = _files(tmp_path)
    (tmp_path / "fixtures").symlink_to(fixtures)
    words = shlex.split((folder / "command").read_text("utf-8"))
    run = promtrim(*words, stdin=_read(folder / "stdin"))
    found = {
        "stdout": run.stdout,
        "stderr": run.stderr,
        "status": b"" if run.returncode == 0 else b"%d\n" % run.returncode,
    }
    assert b"internal error" not in run.stderr, run.stderr.decode()
    if os.environ.get("PROMTRIM_UPDATE"):
        for name, data in found.items():
            if data:
                (folder / name).write_bytes(data)
            else:
                (folder / name).unlink(missing_ok=True)
    for name, data in found.items():
        assert data.decode() == _read(folder / name).decode(), f"{case}: {name}"
    if run.returncode == 2:
        assert _files(tmp_path) == before, "an error wrote something"


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
