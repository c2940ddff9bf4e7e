import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promtrim.output.json import report
from promtrim.output.summary import Cut
from promtrim.plan.model import Plan
from promtrim.topology.model import Topology


@pytest.fixture
def schema(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((project / "schema" / "classify.schema.json").read_text())
    return loaded


def listed(schema: Any) -> Any:
    """The schema with every object closed, to find fields that it does not list."""
    if isinstance(schema, dict):
        closed = {key: listed(value) for key, value in schema.items()}
        if "properties" in schema and "required" in schema:
            closed["additionalProperties"] = False
        return closed
    return [listed(item) for item in schema] if isinstance(schema, list) else schema


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_output_follows_the_schema_and_has_no_unlisted_field(plan: Plan, cuts: list[Cut], schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(listed(schema)).validate(json.loads(report(plan, cuts)))


def test_the_names_of_the_design(plan: Plan, cuts: list[Cut]) -> None:
    value = json.loads(report(plan, cuts))
    assert value["version"] == 1
    assert value["topology"] == {"name": "small", "nodes": 1, "closed": False}
    assert value["summary"]["lines_before"] == 381
    milder = value["rules"][3]
    assert milder["decision"] == "drop"
    assert milder["reason"] == {
        "code": "minor",
        "text": "the milder half of a pair",
        "by": {"alert": "BackendGone", "file": "rules.yml", "line": 3},
    }
    assert value["rules"][6]["alert"] is None
    assert value["rules"][6]["record"] == "job:up:sum"
    assert value["rules"][0]["evidence"][0]["because"] == "the job finds one target (topology.yml:3)"
    assert value["problems"][0]["line"] == 3


def test_stray_bytes_in_a_file_name(plan: Plan) -> None:
    value = json.loads(report(plan, [Cut("r\udcff.yml", 1, 1, False)]))
    assert value["files"][0]["file"] == "r\\udcff.yml"


def test_false_and_zero_are_known(plan: Plan, cuts: list[Cut]) -> None:
    import msgspec

    topology = msgspec.convert({"nodes": 0, "autoscaling": {"hpa": False}}, Topology)
    changed = Plan(topology, "relevant", (), (), (), (), ())
    value = json.loads(report(changed, cuts))["topology"]
    assert value["nodes"] == 0
    assert value["autoscaling"] == {"hpa": False}
