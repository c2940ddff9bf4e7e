"""The way from target to person as JSON: what its schema says; as text: what is said once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promtrim import api
from promtrim.errors import CallError
from promtrim.output.path import report, text
from promtrim.path.model import LINKS, Ways
from promtrim.shape import schema_text


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(schema_text("path"))
    return loaded


def closed(schema: Any) -> Any:
    """The schema with every object closed, to find fields that it does not list."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        return {**inner, "additionalProperties": False} if "required" in schema else inner
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("stack", ["bakery", "library"])
def test_what_is_printed_fits_it(schema: dict[str, Any], fixtures: Path, stack: str) -> None:
    value = json.loads(report(api.follow([str(fixtures / "stack" / stack)])[1]))
    jsonschema.validate(value, closed(schema))
    assert value["alerts"]
    assert value["findings"]
    assert [link["name"] for link in value["alerts"][0]["links"]] == list(LINKS)


def test_on_real_stacks(schema: dict[str, Any], shared: Path) -> None:
    validator = jsonschema.Draft202012Validator(closed(schema))
    for folder in sorted(each for each in (shared / "wild").iterdir() if each.is_dir())[:8]:
        try:
            _, ways = api.follow([str(folder)])
        except CallError:
            continue  # holds no sources
        validator.validate(json.loads(report(ways)))


def test_what_breaks_for_many_is_said_once(fixtures: Path) -> None:
    _, ways = api.follow([str(fixtures / "stack" / "bakery")])
    many = Ways(ways.findings, ways.ways * 3)
    lines = [line.strip() for line in text(many, width=1000).splitlines()]
    broken = [line for line in lines if line.startswith("x ")]
    assert len(broken) == len(set(broken))
    assert any(line.startswith("x scrape (3 alerts): no scrape job is named 'van'") for line in broken)
    assert sum("VanGone" in line for line in lines) == 3
    assert "The same for many:" not in text(ways)
    assert "The same for many:" not in text(many, every=True)
