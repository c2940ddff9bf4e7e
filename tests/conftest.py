"""What all tests share: where test data lies, promtool, and running promtrim as a user does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).resolve().parent.parent

# Machines that test are shared and slow at times: a deadline would test the machine.
settings.register_profile("promtrim", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("promtrim")

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Inputs written for this project."""
    return PROJECT / "fixtures"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Public rule files that the project does not ship, in $PROMTRIM_CORPUS or ../shared; skips without."""
    folder = Path(os.environ.get("PROMTRIM_CORPUS") or PROJECT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}")
    return folder


@pytest.fixture(scope="session")
def promtool() -> str:
    """Path of promtool; skips where it is not installed."""
    unpacked = PROJECT / ".cache" / "debian" / "usr" / "bin"  # by scripts/tools
    path = shutil.which("promtool") or shutil.which("promtool", path=str(unpacked))
    if path is None:
        pytest.skip("promtool is not installed")
    return path


@pytest.fixture
def promtrim(tmp_path: Path) -> Run:
    """Run the command line in a process of its own: ``promtrim("reduce", path, stdin=b"...")``."""

    def run(
        *arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), **(env or {})}
        return subprocess.run(
            [sys.executable, "-m", "promtrim", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=cwd or tmp_path,
            env=environment,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings are looked for upwards from a rule file: the search of every test ends at its own base folder."""
    (tmp_path_factory.getbasetemp() / "promtrim.yml").write_text("{}\n")
