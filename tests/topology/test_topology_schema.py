"""The JSON Schema and the types say the same: the same keys everywhere, and the same answer for every value."""

import json
import typing

import msgspec
import pytest

from promtrim.errors import PromtrimError
from promtrim.knowledge.model import FailureMode
from promtrim.shape import explain, schema_text
from promtrim.topology import model
from promtrim.topology.load import parse_topology
from promtrim.yamltext.located import read_one

SCHEMA = json.loads(schema_text("topology"))
PARTS = {
    "prometheus": model.PrometheusServer, "kubernetes": model.Kubernetes, "autoscaling": model.Autoscaling,
    "volumes": model.Volumes, "defaults": model.Defaults,
}  # fmt: skip
ENTRIES = {"workloads": model.Workload, "datastores": model.Datastore, "jobs": model.Job}


def keys(struct):
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def test_the_same_keys():
    top = SCHEMA["properties"]
    assert set(top) == keys(model.Topology)
    for name, struct in PARTS.items():
        assert set(top[name]["properties"]) == keys(struct), name
    for name, struct in ENTRIES.items():
        assert set(top[name]["additionalProperties"]["properties"]) == keys(struct), name
    assert set(top["external-checks"]["items"]["properties"]) == keys(model.ExternalCheck)


VALUES = [None, True, False, 0, 3, -1, "", "3", "1..3", "2..", "x", "15s", "1m30s", "standalone", "deployment",
          "down", [], ["a"], [1], [None], {}, {"a": "b"}, {"a": 1}, {"a": None}, {"a": {"b": True}},
          {"a": {"b": 1}}]  # fmt: skip


def leaves():
    for key in keys(model.Topology):
        yield (key,)
    for name, struct in PARTS.items():
        for key in keys(struct):
            yield (name, key)
    for name, struct in ENTRIES.items():
        for key in keys(struct):
            yield (name, "entry", key)
    for key in keys(model.ExternalCheck):
        yield ("external-checks", 0, key)
    yield ("exporters", "redis_exporter")
    yield ("options", "node_exporter", "collector")
    yield ("nonsense",)
    yield ("workloads", "entry", "nonsense")


def document(path, value):
    for step in reversed(path):
        value = [{"component": "c", **value}] if step == 0 else {step: value}
    return value


@pytest.mark.parametrize("path", sorted(leaves(), key=str), ids=lambda path: ".".join(map(str, path)))
def test_the_same_answer(path):
    for value in VALUES:
        if path in (("preset",),) and isinstance(value, str):
            continue  # whether there is such a preset is no question of shape
        if path[-1] in ("jobs", "depends-on") and value == ["a"] and path[0] != "jobs":
            continue  # whether there is such a job is no question of shape
        text = json.dumps(document(path, value))
        by_schema = explain(read_one(text, "t", floats=False), "topology", "t")
        try:
            parse_topology(text, "t")
            by_type = None
        except PromtrimError as error:
            by_type = error
        assert bool(by_schema) == (by_type is not None), (text, [str(each) for each in by_schema], str(by_type))


def test_outside_checks_speak_of_failure_modes():
    assert set(typing.get_args(model.CheckMode)) <= set(typing.get_args(FailureMode))
