"""Grafana's own models read what trimming leaves, and find in it what they found before, less what went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from promtrim.dashboards.existing.files import read
from promtrim.dashboards.existing.work import trim_files
from tests.dashboards.asking import asker
from tests.dashboards.sdk import BUILDS, build, read_and_written

_READ_VERSION_2 = """
import json, sys
from grafana_foundation_sdk.models.dashboardv2beta1 import Dashboard
found = Dashboard.from_json(json.load(sys.stdin))
rows = [row for tab in found.layout.spec.tabs for row in tab.spec.layout.spec.rows]
json.dump({
    "elements": list(found.elements),
    "queries": [query.spec.query.group for each in found.elements.values() if each.kind == "Panel"
                for query in each.spec.data.spec.queries],
    "placed": [item.spec.element.name for row in rows for item in row.spec.layout.spec.items],
    "variables": [variable.spec.name for variable in found.variables],
}, sys.stdout)
"""


@pytest.fixture
def folder(fixtures: Path) -> Path:
    return fixtures / "dashboards"


def _trimmed(path: Path) -> Any:
    (file,) = trim_files(read([str(path)]), asker("single-node"))
    return json.loads(file.text)


@pytest.mark.parametrize("name", BUILDS)
def test_the_current_format(name: str, folder: Path) -> None:
    models = build(name)
    if models is None:
        pytest.skip("grafana-foundation-sdk cannot be had")
    before = read_and_written(json.loads((folder / "current.json").read_text("utf-8")), models)
    after = read_and_written(_trimmed(folder / "current.json"), models)
    panels = {panel["id"]: panel for panel in before["panels"]}
    assert [panel["id"] for panel in after["panels"]] == [1, 2, 3, 7, 10, 11, 12, 13]
    for panel in after["panels"]:
        old = panels[panel["id"]]
        assert {**panel, "gridPos": 0, "targets": 0, "panels": 0} == {**old, "gridPos": 0, "targets": 0, "panels": 0}
        assert all(target in old["targets"] for target in panel.get("targets") or [])
    assert after["annotations"] == before["annotations"]


def test_schema_version_2(folder: Path) -> None:
    models = build("newest")
    if models is None:
        pytest.skip("grafana-foundation-sdk cannot be had")
    done = subprocess.run(
        [sys.executable, "-c", _READ_VERSION_2], input=json.dumps(_trimmed(folder / "elements.json")["spec"]),
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(models)}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {
        "elements": ["panel-1", "panel-4", "panel-5"],
        "queries": ["prometheus", "loki"],
        "placed": ["panel-1", "panel-5", "panel-4"],
        "variables": ["datasource", "job"],
    }
