"""What is written: Grafana's own models read all of it, it follows the schema, and the same input gives the same bytes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promtrim import api
from promtrim.dashboards.building.units import GRAFANA
from tests.dashboards.sdk import BUILDS, build, read_and_written


def lost(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """What another program lost or changed of ours; what it added are its defaults."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key in theirs:
                yield from lost(value, theirs[key], f"{path}/{key}")
            else:
                yield f"{path}/{key} is lost"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lost(one, other, f"{path}/{index}")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Grafana's models want Python 3.11")
@pytest.mark.parametrize("name", BUILDS)
def test_grafanas_own_models_keep_all_of_it(dashboards: dict[str, dict[str, Any]], name: str) -> None:
    folder = build(name)
    if folder is None:
        pytest.skip("no package registry to take Grafana's models from")
    for dashboard in dashboards.values():
        assert list(lost(dashboard, read_and_written(dashboard, folder))) == []


def test_the_comparison_finds_what_is_lost() -> None:
    assert list(lost({"a": [1, {"b": 2}]}, {"a": [1, {}], "c": 3})) == ["/a/1/b is lost"]
    assert list(lost({"a": 1}, {"a": 2})) == ["/a: 1 became 2"]


@pytest.fixture(scope="module")
def schema(project: Path) -> jsonschema.Draft202012Validator:
    found = json.loads((project / "schema" / "dashboard.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def test_it_follows_the_schema(dashboards: dict[str, dict[str, Any]], schema: jsonschema.Draft202012Validator) -> None:
    for dashboard in dashboards.values():
        schema.validate(dashboard)
        for panel in dashboard["panels"]:
            panel["unheard-of"] = 1
            assert not schema.is_valid(dashboard), panel["title"]
            del panel["unheard-of"]


def test_each_kind_of_panel_is_there(dashboards: dict[str, dict[str, Any]]) -> None:
    kinds = {panel["type"] for dashboard in dashboards.values() for panel in dashboard["panels"]}
    assert kinds == {"row", "stat", "table", "timeseries", "state-timeline"}


def test_ids_count_from_one(dashboards: dict[str, dict[str, Any]]) -> None:
    for dashboard in dashboards.values():
        assert [panel["id"] for panel in dashboard["panels"]] == list(range(1, len(dashboard["panels"]) + 1))


def test_the_data_source_is_the_readers_choice(dashboards: dict[str, dict[str, Any]]) -> None:
    for dashboard in dashboards.values():
        assert dashboard["templating"]["list"][0] | {"type": "datasource", "name": "datasource"} == dashboard["templating"]["list"][0]
        for panel in dashboard["panels"]:
            for holder in (panel, *panel.get("targets", ())):
                assert panel["type"] == "row" or holder["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_the_same_input_gives_the_same_bytes(project: Path, tmp_path: Path) -> None:
    texts = set()
    for seed in ("0", "1", "77"):
        command = [sys.executable, "-m", "promtrim", "dashboard", "build", "--level", "relevant", "--topology", "topology.yml", "alert_rules.yml"]
        done = subprocess.run(command, cwd=project / "fixtures", capture_output=True, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(project)}, check=True)
        texts.add(done.stdout)
    assert len(texts) == 1
    assert texts.pop().endswith(b"}\n")


@pytest.mark.parametrize("level", ["essential", "critical"])
def test_sources_and_their_json_are_in_step(project: Path, tmp_path: Path, level: str) -> None:
    """grafanalib's own tool turns each source into the JSON beside it."""
    program = Path(sys.executable).with_name("generate-dashboard")
    written = tmp_path / "dashboard.json"
    source = project / "dashboards" / f"{level}.dashboard.py"
    done = subprocess.run([program, "-o", written, source], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert written.read_text() == (project / "dashboards" / f"{level}.json").read_text(), "run make dashboards"


def test_every_source_has_its_json(project: Path) -> None:
    sources = {path.name.removesuffix(".dashboard.py") for path in (project / "dashboards").glob("*.dashboard.py")}
    assert sources == {path.stem for path in (project / "dashboards").glob("*.json")} == {"essential", "critical"}


def test_building_prints_nothing(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """grafanalib warns with print(), which would end up in the JSON on standard output."""
    api.build_dashboard(api.make_plan([str(fixtures / "alert_rules.yml")], topology="single-node")).to_json_data()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", BUILDS)
def test_every_unit_is_one_of_grafanas(name: str) -> None:
    folder = build(name)
    if folder is None:
        pytest.skip("no package registry to take Grafana's models from")
    theirs = set(re.findall(r"= ['\"]([^'\"]*)['\"]", (folder / "grafana_foundation_sdk" / "models" / "units.py").read_text()))
    assert {unit for units in GRAFANA.values() for unit in units.values()} | {"none", "dateTimeFromNow"} <= theirs
