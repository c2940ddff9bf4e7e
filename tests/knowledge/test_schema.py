"""The JSON Schema says what the model says, and every shipped ruleset fits it."""

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import yaml

from promtrim.knowledge import model, schema
from promtrim.shape import explain
from promtrim.yamltext.located import read_one

HEAD = {"ruleset": "shop", "title": "Shop", "technology": "shop", "kind": "other", "sources": {}}
VALUES = [None, True, 0, 3, -1, 0.5, "", "x", "inf", "gauge", "down", "critical", [], ["a"], [1], [0, "inf"], [0, 1, 2],
          [None], {}, {"a": "b"}, {"a": 1}, {"a": ["b"]}, {"a": {"url": "x"}}, [{}], [{"if": {"members": 1}}]]  # fmt: skip


def places():
    """Every key of every part, and one that does not exist."""
    parts = {(): model.Ruleset, ("target",): model.Target, ("detect",): model.Detect, ("sources", "x"): model.Source,
             ("metrics", "x"): model.Metric, ("metrics", "x", "when", 0): model.Consequence,
             ("metrics", "x", "judge", 0): model.Judgement}  # fmt: skip
    for path, struct in parts.items():
        for field in msgspec.structs.fields(struct):
            yield (*path, field.encode_name)
        yield (*path, "nonsense")


def document(path, value):
    whole = json.loads(json.dumps(HEAD))
    holder = whole
    for step, following in pairwise(path):
        if isinstance(following, int):
            holder[step] = [{"if": {}} if step == "when" else {}]
            holder = holder[step]
        else:
            default = {"url": "x"} if path[0] == "sources" and step == "x" else {}
            holder = holder[step] if isinstance(step, int) else holder.setdefault(step, default)
    holder[path[-1]] = value
    return whole


def test_the_file_is_what_the_model_says(project: Path):
    assert (project / "schema" / "ruleset.schema.json").read_text("utf-8") == schema.text()


@pytest.mark.parametrize("path", list(places()), ids=lambda path: ".".join(map(str, path)))
def test_schema_and_model_accept_the_same(path):
    for value in VALUES:
        whole = document(path, value)
        try:
            msgspec.convert(whole, model.Ruleset, strict=True)
            accepted = True
        except msgspec.ValidationError:
            accepted = False
        read = read_one(yaml.safe_dump(whole), "shop.yml")
        assert (not explain(read, "ruleset", "shop.yml")) == accepted, value


def test_every_shipped_ruleset_fits(project: Path):
    for path in sorted((project / "rulesets").glob("*.yml")):
        assert explain(read_one(path.read_text("utf-8"), str(path)), "ruleset", str(path)) == []


def test_fields_are_described(project: Path):
    described = schema.schema()["$defs"]["Metric"]["properties"]
    assert described["identity"]["description"].startswith("One series per target and combination of these labels")
