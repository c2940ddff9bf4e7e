"""``promtrim report``: where the page goes, and that a wrong call writes nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_into_a_file_or_to_standard_output(promtrim: Run, fixtures: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    written = promtrim("report", fixtures / "alert_rules.yml", "-o", page, "--title", "Rules & reasons")
    assert (written.returncode, written.stdout, written.stderr) == (0, b"", b"")
    printed = promtrim("report", fixtures / "alert_rules.yml", "--title", "Rules & reasons")
    assert printed.stdout == page.read_bytes()
    assert b"<title>Rules &amp; reasons</title>" in printed.stdout


def test_what_cannot_be_read_writes_nothing(promtrim: Run, tmp_path: Path) -> None:
    broken, page = tmp_path / "broken.yml", tmp_path / "report.html"
    broken.write_text("groups: [")
    run = promtrim("report", broken, "-o", page)
    assert run.returncode == 2
    assert run.stderr.startswith(str(broken).encode())
    assert run.stderr.count(b"\n") == 1
    assert not page.exists()


def test_a_place_that_cannot_be_written_is_named(promtrim: Run, fixtures: Path, tmp_path: Path) -> None:
    run = promtrim("report", fixtures / "alert_rules.yml", "-o", tmp_path / "none" / "report.html")
    assert run.returncode == 2
    assert b"none" in run.stderr
    assert b"Traceback" not in run.stderr
