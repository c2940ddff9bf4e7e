"""Writing: at every moment the old or the new file is there whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promtrim.errors import OutputError
from promtrim.rulefile.writing import write_atomically


def test_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "new.yml"
    before = os.umask(0o027)
    try:
        write_atomically(path, "a: ü\r\n", bom=True)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"\xef\xbb\xbfa: \xc3\xbc\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["new.yml"]


def test_the_mode_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("old")
    path.chmod(0o604)
    write_atomically(str(path), "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o604)


def test_links_are_followed_and_stay(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.yml"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "link.yml"
    link.symlink_to(Path("deep") / "a.yml")
    write_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        write_atomically(tmp_path / "none" / "a.yml", "x")
    with pytest.raises(OutputError):
        write_atomically(tmp_path, "x")


def test_a_file_that_may_not_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text("old")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(OutputError, match="Permission denied"):
        write_atomically(path, "new")
    assert path.read_text() == "old"


def test_a_full_disk_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.yml"]


def test_devices_are_written_to_directly() -> None:
    write_atomically("/dev/null", "x")
    assert not os.path.isfile("/dev/null")


def test_killed_at_any_moment_one_of_the_two_is_there_whole(tmp_path: Path, project: Path) -> None:
    path = tmp_path / "a.yml"
    versions = {letter * 3_000_000 for letter in "ab"}
    path.write_text("a" * 3_000_000)
    program = (
        "import sys\nfrom promtrim.rulefile.writing import write_atomically\nprint('go', flush=True)\n"
        "while True:\n    for letter in 'ab':\n        write_atomically(sys.argv[1], letter * 3_000_000)\n"
    )
    for attempt in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(project)},
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.003 * attempt)
            process.send_signal(signal.SIGKILL)
        assert path.read_text() in versions
