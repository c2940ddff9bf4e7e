"""Writes the JSON Schema of a ruleset from the model: ``python -m promtrim.knowledge.schema schema/ruleset.schema.json``.

Keys, types and alternatives come from the types, descriptions from the docstrings beside the fields, so that editors
show what the model says. A test compares the file with what is written here.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import msgspec

from promtrim.knowledge import model

HINTS = {
    ("Metric", "range"): "an interval such as [0, inf]",
    ("Consequence", "range"): "an interval such as [0, inf]",
    ("Metric", "healthy"): "a number or an interval such as [0, 0.9]",
    ("Consequence", "healthy"): "a number or an interval such as [0, 0.9]",
    ("Consequence", "value"): "a number",
    ("Consequence", "if"): "a mapping of conditions such as {members: 1}",
    ("Ruleset", "sources"): "a mapping of names to {url: ...}",
}
"""What errors say is wanted, where the types alone would say it badly."""


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one ruleset file."""
    plain = msgspec.json.schema(model.Ruleset)
    definitions: dict[str, Any] = plain["$defs"]
    texts = _docstrings()
    for name, definition in definitions.items():
        del definition["title"]
        for key, field in definition["properties"].items():
            tidy = _tidy(field)
            if text := texts.get((name, key)):
                tidy = {"description": text, **tidy}
            if hint := HINTS.get((name, key)):
                tidy["$comment"] = hint
            definition["properties"][key] = tidy
    top = definitions.pop("Ruleset")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "promtrim ruleset",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def _tidy(field: dict[str, Any]) -> dict[str, Any]:
    """A field without defaults, and with the alternatives that differ in their type alone in one list."""
    field = {key: _tidy(value) if isinstance(value, dict) else value for key, value in field.items() if key != "default"}
    for key in ("items", "additionalProperties"):
        if isinstance(field.get(key), dict):
            field[key] = _tidy(field[key])
    if "prefixItems" in field:
        field["prefixItems"] = [_tidy(each) for each in field["prefixItems"]]
    branches = [_tidy(each) for each in field.get("anyOf", ())]
    if not branches:
        return field
    if all(set(each) == {"type"} for each in branches):
        # A number is an integer too.
        types = [each["type"] for each in branches]
        return {"type": [each for each in types if each != "integer" or "number" not in types]}
    if len(branches) == 2 and branches[1] == {"type": "null"}:
        first = branches[0]
        if "enum" in first:
            return {"enum": [*first["enum"], None]}
        if isinstance(first.get("type"), str):
            return {**first, "type": [first["type"], "null"]}
    return {**field, "anyOf": branches}


def _docstrings() -> dict[tuple[str, str], str]:
    """Class and key to the docstring that follows the field in the model's text, on one line."""
    found: dict[tuple[str, str], str] = {}
    tree = ast.parse(Path(model.__file__).read_text("utf-8"))
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, text in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
            ):
                key = field.target.id.rstrip("_").replace("_", "-")
                found[node.name, key] = " ".join(str(text.value.value).replace("``", "`").split())
    return found


def text() -> str:
    """The schema as the file holds it."""
    import json

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print("usage: python -m promtrim.knowledge.schema FILE", file=sys.stderr)
        return 2
    Path(argv[0]).write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
