"""``classify``: what it prints follows the schema, for the example stack and for public rule files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="module")
def validator(project: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((project / "schema" / "classify.schema.json").read_text()))


def report(run: subprocess.CompletedProcess[bytes]) -> Any:
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


@pytest.mark.parametrize("command", ["classify", "reduce"])
def test_the_example_stack(command: str, promtrim: Run, fixtures: Path, validator: jsonschema.Draft202012Validator) -> None:
    topology = fixtures / "topology.yml"
    value = report(promtrim(command, "--format", "json", "--topology", topology, fixtures / "alert_rules.yml"))
    validator.validate(value)
    assert value["summary"]["rules"] == 27
    assert value["summary"]["lines_before"] == 381
    assert value["topology"]["name"] == "stagedoor"
    assert all(rule["evidence"] for rule in value["rules"] if rule["verdict"] == "cannot-fire")
    assert all(rule["reason"]["text"] for rule in value["rules"])


def test_public_rule_files(promtrim: Run, shared: Path, validator: jsonschema.Draft202012Validator) -> None:
    folder = shared / "corpus"
    if not folder.is_dir():
        pytest.skip("no corpus")
    value = report(promtrim("classify", "--format", "json", folder))
    validator.validate(value)
    assert value["summary"]["rules"] > 100


def test_nothing_is_written(promtrim: Run, fixtures: Path, tmp_path: Path) -> None:
    before = (fixtures / "alert_rules.yml").read_bytes()
    run = promtrim("classify", fixtures / "alert_rules.yml")
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) == 28
    assert (fixtures / "alert_rules.yml").read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_explain_as_json(promtrim: Run, fixtures: Path) -> None:
    value = report(promtrim("explain", "--format", "json", fixtures / "alert_rules.yml", "OrdersReplicaBehind"))
    assert value[0]["verdict"] == "cannot-fire"
    assert value[0]["cause"] == "logic"
    assert value[0]["evidence"]
