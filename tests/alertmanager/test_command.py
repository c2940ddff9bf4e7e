"""``promtrim alertmanager trim`` as a person runs it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.alertmanager.conftest import CONFIG, PROMETHEUS, RULES

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
ARGUMENTS = ("alertmanager", "trim", "alertmanager.yml", "rules.yml", "--prometheus-config", "prometheus.yml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "alertmanager.yml").write_text(CONFIG)
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "prometheus.yml").write_text(PROMETHEUS)
    (tmp_path / "promtrim.yml").write_text("drop: [{alert: CellarDark, reason: the cellar is gone}]\n")
    return tmp_path


def test_the_configuration_on_standard_output(promtrim: Run, folder: Path) -> None:
    done = promtrim(*ARGUMENTS, "--only-sender")
    assert done.returncode == 0, done.stderr.decode()
    assert b"cellar" not in done.stdout
    assert b"amlint" in done.stderr
    assert (folder / "alertmanager.yml").read_text() == CONFIG


def test_in_place_and_once_more(promtrim: Run, folder: Path) -> None:
    assert promtrim(*ARGUMENTS, "--only-sender", "--in-place").returncode == 0
    first = (folder / "alertmanager.yml").read_bytes()
    assert b"cellar" not in first
    assert promtrim(*ARGUMENTS, "--only-sender", "--check").returncode == 0
    assert promtrim(*ARGUMENTS, "--only-sender", "-o", "again.yml").returncode == 0
    assert (folder / "again.yml").read_bytes() == first


def test_check_writes_nothing(promtrim: Run, folder: Path) -> None:
    done = promtrim(*ARGUMENTS, "--only-sender", "--check")
    assert done.returncode == 1
    assert done.stdout == b""
    assert (folder / "alertmanager.yml").read_text() == CONFIG


def test_json_is_as_its_schema_says(promtrim: Run, folder: Path, project: Path) -> None:
    done = promtrim(*ARGUMENTS, "--only-sender", "--format", "json")
    schema = json.loads((project / "schema" / "trim.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--in-place", "-o", "x.yml"), "give one of them"),
        (("--check", "--in-place"), "--check writes nothing"),
        (("--only-sender", "--alertmanager", "http://localhost:1"), "give one"),
    ],
)
def test_calls_that_do_not_fit_together(promtrim: Run, folder: Path, options: tuple[str, ...], said: str) -> None:
    done = promtrim(*ARGUMENTS, *options)
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_a_file_that_holds_none(promtrim: Run, folder: Path) -> None:
    done = promtrim("alertmanager", "trim", "rules.yml", "rules.yml")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("rules.yml:1:1: this is no Alertmanager configuration")
