"""What other services plug in: the hooks of pre-commit and the job for GitLab, as they would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from promtrim.cli.main import cli
from tests.ci.conftest import PROJECT
from tests.review.conftest import ENVIRONMENT, Repository, rules

GOOD = 'Gone: up{job="shop"} == 0 | labels: {severity: critical}'
NEVER = 'Never: up{job="shop"} == 2 | labels: {severity: critical}'


@pytest.fixture
def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())}


def test_hooks_call_commands_that_exist(hooks: dict[str, dict[str, Any]]) -> None:
    assert set(hooks) == {"promtrim-check", "promtrim-diff"}
    context = click.Context(cli)
    for hook in hooks.values():
        program, command, *rest = hook["entry"].split()
        assert program == "promtrim"
        assert cli.get_command(context, command) is not None
        assert hook["language"] == "python"
        assert not [word for word in rest if word.startswith("-")]


@pytest.mark.parametrize(("path", "taken"), [
    ("monitoring/rules/shop.yml", True), ("alert_rules.yml", True), ("alerts/node.yaml", True), ("x/Recording.rules", False),
    ("ops/prometheus-rules.yml", True), ("alertmanager.yml", False), ("monitoring/alertmanager-prod.yaml", False),
    ("docker-compose.yml", False), ("README.md", False), ("-alert.yml", False), ("--fail-on=none,alert.yml", False),
    ("--write-baseline=alerts.yml", False),
])  # fmt: skip
def test_files_of_the_check(hooks: dict[str, dict[str, Any]], path: str, taken: bool) -> None:
    """As pre-commit matches them (re.search); a path that would be taken for an option never is one."""
    hook = hooks["promtrim-check"]
    assert (re.search(hook["files"], path) is not None and re.search(hook["exclude"], path) is None) is taken


@pytest.fixture
def job() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROJECT / "ci" / "gitlab.yml").read_text())["promtrim"]
    return found


def run_job(job: dict[str, Any], folder: Path, program: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The job's script, as GitLab's runner starts it: each entry in turn, all variables in the environment."""
    script = "set -eo pipefail\n" + "\n".join(job["script"]).replace("/tmp/promtrim/bin/promtrim", str(program))
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={**ENVIRONMENT, **{name: str(value) for name, value in job["variables"].items()}, **variables},
    )  # fmt: skip


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "promtrim"
    path.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m promtrim "$@"\n')
    path.chmod(0o755)
    return path


def test_the_job_on_a_merge_request(job: dict[str, Any], repository: Repository, program: Path) -> None:
    base = repository.commit(rules__shop=rules(GOOD, NEVER.replace("Never", "Old")))
    repository.commit(rules__shop=rules(GOOD, NEVER.replace("Never", "Old"), NEVER.replace('"shop"', '"other"')))
    done = run_job(job, repository.folder, program, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, PROMTRIM_PATH="rules")
    assert done.returncode == 1, done.stderr
    quality = json.loads((repository.folder / "gl-code-quality-report.json").read_text())
    assert sorted(each["location"]["lines"]["begin"] for each in quality) == [7, 10]
    root = ElementTree.parse(repository.folder / "promtrim-junit.xml").getroot()
    assert [case.attrib["name"] for case in root.iter("testcase") if case.find("failure") is not None] == ["Never"]
    assert (repository.folder / "promtrim.md").read_text().startswith("<!-- promtrim:diff -->")
    assert "Never" in done.stdout


def test_the_job_on_the_default_branch(job: dict[str, Any], repository: Repository, program: Path) -> None:
    repository.commit(rules=rules(GOOD, NEVER))
    done = run_job(job, repository.folder, program)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((repository.folder / "gl-code-quality-report.json").read_text())) == 1


def test_a_hostile_base_runs_nothing(job: dict[str, Any], repository: Repository, program: Path) -> None:
    repository.commit(rules=rules(GOOD))
    done = run_job(job, repository.folder, program, CI_MERGE_REQUEST_DIFF_BASE_SHA="$(touch pwned)", PROMTRIM_PATH="$(touch pwned)")
    assert done.returncode != 0
    assert "pwned" not in os.listdir(repository.folder)


def test_the_scripts_of_the_jobs_are_shell(job: dict[str, Any]) -> None:
    files = [path.read_text() for path in (PROJECT / "ci").glob("*.sh")]
    parts = [*job["before_script"], *job["script"], *job["after_script"], *files]
    for part in parts:
        assert subprocess.run(["bash", "-n", "-c", part], capture_output=True, check=False).returncode == 0, part
