"""Other people's rules: a dashboard of each file, all of whose queries Prometheus 2 and 3 understand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promtrim import api
from promtrim.dashboards.preview.variables import replaced
from promtrim.errors import PromtrimError
from promtrim.plan.model import Level
from tests.promql.expressions import handwritten
from tests.tools import promtool_3, promtool_242, refused

EVERYTHING = {"job": ".*", "instance": ".*", "namespace": ".*"}


@pytest.fixture(scope="module")
def validator(project: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((project / "schema" / "dashboard.schema.json").read_text()))


def built(files: list[Path], level: Level, topology: str) -> Iterator[dict[str, Any]]:
    for file in files:
        try:
            plan = api.make_plan([str(file)], level=level, topology=topology, evidence=False)
        except PromtrimError:
            continue  # no rules: manifests, values without rules
        if any(each.keep and each.judged.rule.alert for each in plan.rules):
            yield api.build_dashboard(plan).to_json_data()


def sound(dashboards: Iterator[dict[str, Any]], validator: jsonschema.Draft202012Validator) -> tuple[int, list[str]]:
    """How many there are, and all their queries; each follows the schema and nothing overlaps."""
    queries: dict[str, None] = {}
    count = 0
    for dashboard in dashboards:
        count += 1
        validator.validate(dashboard)
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            own = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            assert not own & taken
            taken |= own
            for target in panel.get("targets", ()):
                queries[replaced(target["expr"], EVERYTHING)] = None
    return count, list(queries)


def understood(queries: list[str]) -> None:
    programs = [program for program in (promtool_242(), promtool_3()) if program is not None]
    if not programs:
        pytest.skip("promtool is not installed")
    for program in programs:
        found = {queries[index]: message for index, message in refused(program, queries).items()}
        assert found == {}


@pytest.mark.parametrize("folder", ["corpus", "wild"])
def test_all_that_others_wrote(shared: Path, validator: jsonschema.Draft202012Validator, folder: str) -> None:
    files = sorted(path for ending in ("*.yml", "*.yaml", "*.rules") for path in (shared / folder).rglob(ending))
    count, queries = sound(built(files, "relevant", "single-node"), validator)
    assert count > {"corpus": 100, "wild": 15}[folder]
    understood(queries)


def test_corners_of_the_language(validator: jsonschema.Draft202012Validator, tmp_path: Path) -> None:
    """What is written as an alert's expression comes out as queries that Prometheus takes, or as the alert itself."""
    program = promtool_242()
    if program is None:
        pytest.skip("promtool is not installed")
    whole = [*handwritten(), *(f"({each}) > 5" for each in handwritten()), *(f"up == 0 and on () ({each})" for each in handwritten())]
    wrong = refused(program, whole)
    alerts = [{"alert": f"A{index}", "expr": expr} for index, expr in enumerate(whole) if index not in wrong]
    assert len(alerts) > 300
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "g", "rules": alerts}]}))
    count, queries = sound(built([file], "relevant", "ha-cluster"), validator)
    assert (count, len(queries) > 300) == (1, True)
    assert {queries[index]: message for index, message in refused(program, queries).items()} == {}


@pytest.mark.parametrize("level", ["relevant", "critical", "essential"])
@pytest.mark.parametrize("preset", ["single-node", "single-node-k3s"])
def test_the_stack_that_this_was_made_for(
    shared: Path, validator: jsonschema.Draft202012Validator, level: Level, preset: str
) -> None:
    count, queries = sound(built([shared / "checkin" / "alert_rules.yml"], level, preset), validator)
    assert count == 1
    understood(queries)
