"""The table and the JSON of a topology."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from promtrim import api
from promtrim.output.terminal import Paint
from promtrim.output.topology import report, table, told_together
from promtrim.rulefile.model import Problem
from promtrim.topology.model import Topology


@pytest.mark.parametrize("stack", ["stack/bakery", "stack/library", "kubernetes/tickets", "compose/tickets"])
def test_the_json_is_what_the_schema_says(project: Path, fixtures: Path, stack: str) -> None:
    schema = json.loads((project / "schema" / "topology-report.schema.json").read_text())
    found = api.detect(str(fixtures / stack))
    said = json.loads(report(found.topology, found.problems, found.read))
    jsonschema.validate(said, schema)
    assert set(said) == set(schema["properties"])
    assert all(set(each) == set(schema["properties"]["problems"]["items"]["properties"]) for each in said["problems"])
    shape = json.loads((project / "schema" / "topology.schema.json").read_text())
    jsonschema.validate({key: value for key, value in said["topology"].items() if key != "sources"}, shape)


def test_an_empty_topology_says_what_is_open() -> None:
    text = table(Topology())
    assert text.startswith("WHAT  HOW MANY  READ IN\n")
    assert "Open, so nothing is concluded from it: nodes, zones, " in text


def test_no_line_is_wider_than_the_terminal_save_for_places() -> None:
    problems = [Problem("conflict", "word " * 60, "a.yml", 3, 1)]
    lines = table(Topology(), problems, Paint(), 60).splitlines()
    assert max(map(len, lines)) <= 60


def test_what_is_said_of_several_files_is_said_once() -> None:
    problems = [Problem("x", "left out", "a.yml"), Problem("y", "odd", "b.yml", 3, 1), Problem("x", "left out", "c.yml"),
                Problem("z", "open", "")]  # fmt: skip
    assert told_together(problems) == ["left out (2 times): a.yml, c.yml", "b.yml:3:1: odd", "open"]
