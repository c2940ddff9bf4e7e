"""The wheel as a user gets it: built, installed in a fresh virtual environment, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

SOURCES = (
    "promtrim",
    "rulesets",
    "schema",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "LICENSE",
    "README.md",
)


def call(command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy (a build leaves files behind) with the build tools that are installed."""
    import shutil

    import setuptools

    if tuple(map(int, setuptools.__version__.split(".")[:2])) < (70, 1):
        pytest.skip("building needs setuptools 70.1, as the test extra installs it")
    copy = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.idx"))
        else:
            shutil.copy(source, copy / name)
    folder = tmp_path_factory.mktemp("wheel")
    built = call(
        [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", folder, copy],
        folder,
    )
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("promtrim-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of a fresh environment with this wheel; dependencies come from the one that tests."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    target = call(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--prefix",
            folder,
            "--ignore-installed",
            wheel,
        ],
        folder,
    )
    assert target.returncode == 0, target.stderr
    dependencies = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    # Paths only: an editable promtrim in the testing environment must not be found through its .pth file.
    (site / "dependencies.pth").write_text("\n".join(dependencies))
    script = folder / "bin" / "promtrim"
    text = script.read_text()
    script.write_text(f"#!{folder / 'bin' / 'python'}\n" + text.split("\n", 1)[1])
    return script


def test_it_holds_what_it_needs(wheel: Path, project: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "promtrim/knowledge/rulesets.idx" in names
    assert "promtrim/py.typed" in names
    assert {f"promtrim/schema/{path.name}" for path in (project / "schema").glob("*.json")} <= names
    assets = project / "promtrim" / "dashboards" / "preview" / "assets"
    assert {f"promtrim/dashboards/preview/assets/{path.name}" for path in assets.iterdir()} <= names
    assert not any(name.startswith(("tests/", "benchmarks/", "rulesets/")) for name in names)


def test_it_runs_from_another_folder(installed: Path, project: Path, tmp_path: Path) -> None:
    where = call([installed.parent / "python", "-c", "import promtrim; print(promtrim.__file__)"], tmp_path)
    assert where.stdout.strip().startswith(str(installed.parent.parent)), where.stderr
    rules = tmp_path / "rules.yml"
    rules.write_bytes((project / "fixtures" / "alert_rules.yml").read_bytes())
    run = call([installed, "reduce", "--level", "essential", "rules.yml"], tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("# Alert rules of Stagedoor")
    assert len(run.stdout.splitlines()) < 381
    assert "kept" in run.stderr


def test_every_command_answers(installed: Path, tmp_path: Path) -> None:
    listed = call([installed, "--help"], tmp_path).stdout
    for command in ("reduce", "classify", "explain", "completion"):
        assert command in listed
        assert call([installed, command, "--help"], tmp_path).returncode == 0
