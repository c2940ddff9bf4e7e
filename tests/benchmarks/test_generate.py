"""The benchmarks' input: as many rules as asked for, all different, and such as Prometheus loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml


def generated(project: Path, folder: Path) -> list[Path]:
    script = project / "benchmarks" / "generate.py"
    subprocess.run([sys.executable, script, folder, "--rules", "2000", "--files", "4"], check=True)
    return sorted(folder.glob("*.yml"))


def test_all_expressions_differ(project: Path, tmp_path: Path) -> None:
    files = generated(project, tmp_path / "a")
    assert len(files) == 4
    rules = [rule for file in files for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    assert len(rules) == 2000
    assert len({"".join(rule["expr"].split()) for rule in rules}) == 2000
    assert sum("annotations" in rule for rule in rules) == 1900


def test_the_same_every_time(project: Path, tmp_path: Path) -> None:
    first, second = generated(project, tmp_path / "a"), generated(project, tmp_path / "b")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_prometheus_loads_them(project: Path, tmp_path: Path, promtool: str) -> None:
    files = generated(project, tmp_path / "a")
    checked = subprocess.run([promtool, "check", "rules", *files], capture_output=True, text=True, check=False)
    assert checked.returncode == 0
    assert checked.stdout.count("SUCCESS: 500 rules found") == 4
