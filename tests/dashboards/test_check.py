"""``promtrim dashboard check``: what dashboards ask for that the reduced rules do not deliver."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from promtrim import api
from promtrim.dashboards.existing.check import Undelivered

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def folder(fixtures: Path) -> Path:
    return fixtures / "dashboards"


def check(dashboard: Path, rules: Path, drop_unused: bool = False) -> tuple[Undelivered, ...]:
    return api.check_dashboards([str(dashboard)], api.make_plan([str(rules)], drop_unused=drop_unused))


def test_what_is_missing_and_why(folder: Path) -> None:
    found = check(folder / "recorded.json", folder / "rules.yml", drop_unused=True)
    assert [(each.what, each.title, each.name, each.why) for each in found] == [
        ("panel", "Latency", "job:latency:p50", "dropped"),
        ("panel", "Processor", "instance:node_cpu_utilisation:rate5m", "undefined"),
        ("panel", "At its limit", "ALERTS of AutoscalerAtItsLimit", "dropped"),
        ("panel", "Forgotten", "ALERTS of ShopGone", "undefined"),
        ("variable", "job", "job:latency:p50", "dropped"),
        ("variable", "busy", "job:busy:sum", "undefined"),
        ("annotation", "Scaling", "ALERTS of AutoscalerAtItsLimit", "dropped"),
    ]
    lines = (folder / "recorded.json").read_text("utf-8").splitlines()
    for each in found:
        assert lines[each.line - 1][each.column - 1] == "{"


def test_rules_that_stay_deliver(folder: Path) -> None:
    names = {each.name for each in check(folder / "recorded.json", folder / "rules.yml")}
    assert "job:latency:p50" not in names  # without --drop-unused it stays
    assert not {"job:errors:ratio5m", "job:requests:rate5m", "up", "node_load1"} & names


def test_rules_that_are_already_reduced(folder: Path, tmp_path: Path, promtrim: Run) -> None:
    run = promtrim("reduce", "-q", "--drop-unused", folder / "rules.yml")
    (tmp_path / "reduced.yml").write_bytes(run.stdout)
    found = check(folder / "recorded.json", tmp_path / "reduced.yml")
    assert ("job:latency:p50", "undefined") in {(each.name, each.why) for each in found}


def test_the_command(folder: Path, promtrim: Run, project: Path) -> None:
    arguments = ("dashboard", "check", folder / "recorded.json", "--rules", folder / "rules.yml")
    run = promtrim(*arguments)
    assert (run.returncode, run.stderr) == (1, b"")
    lines = run.stdout.decode().splitlines()
    assert lines[0].startswith(f"{folder / 'recorded.json'}:15:109: panel 'Processor' asks for instance:node_cpu")
    assert lines[-1] == "5 queries ask for what is not delivered"
    schema = json.loads((project / "schema" / "dashboard-check.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    for more in ((), ("--drop-unused",)):
        Draft202012Validator(schema).validate(json.loads(promtrim(*arguments, "--format", "json", *more).stdout))
    run = promtrim("dashboard", "check", folder / "rows.json", "--rules", folder / "rules.yml")
    assert (run.returncode, run.stdout) == (0, b"Every recorded series that the dashboards ask for is delivered.\n")


def test_rules_are_needed(folder: Path, promtrim: Run) -> None:
    run = promtrim("dashboard", "check", folder / "recorded.json")
    assert run.returncode == 2
    assert b"--rules" in run.stderr


def test_version_2(folder: Path, tmp_path: Path) -> None:
    value = json.loads((folder / "elements.json").read_text("utf-8"))
    value["spec"]["variables"][1]["spec"]["query"]["spec"]["query"] = "label_values(job:gone:sum, job)"
    value["spec"]["elements"]["panel-1"]["spec"]["data"]["spec"]["queries"][0]["spec"]["query"]["spec"]["expr"] = "job:x:sum"
    (tmp_path / "d.json").write_text(json.dumps(value))
    found = check(tmp_path / "d.json", folder / "rules.yml")
    assert [(each.what, each.title, each.name) for each in found] == [
        ("panel", "Requests", "job:x:sum"), ("variable", "job", "job:gone:sum"),
    ]  # fmt: skip


def test_a_rule_that_prometheus_never_loads_delivers_nothing(tmp_path: Path) -> None:
    rules = "groups:\n- name: g\n  rules:\n  - {record: 'a:b:sum', expr: up}\n---\ngroups:\n- name: h\n  rules:\n  - {record: 'c:d:sum', expr: up}\n"
    (tmp_path / "rules.yml").write_text(rules)
    panels = [{"title": name, "targets": [{"expr": name}]} for name in ("a:b:sum", "c:d:sum")]
    (tmp_path / "d.json").write_text(json.dumps({"title": "x", "panels": panels}))
    assert [(each.name, each.why) for each in check(tmp_path / "d.json", tmp_path / "rules.yml")] == [("c:d:sum", "not-loaded")]


def test_reduce_keeps_what_a_dashboard_shows(folder: Path, promtrim: Run, tmp_path: Path) -> None:
    arguments = ("reduce", "--drop-unused", folder / "rules.yml")
    assert b"job:latency:p50" not in promtrim(*arguments).stdout
    run = promtrim(*arguments, "--used-by", folder / "recorded.json", "-o", tmp_path / "reduced.yml")
    assert b"job:latency:p50" in (tmp_path / "reduced.yml").read_bytes(), run.stderr.decode()
    (tmp_path / "d.json").write_text('{"panels": [')
    run = promtrim(*arguments, "--used-by", tmp_path / "d.json")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().startswith(f"{tmp_path / 'd.json'}:1:13: is no JSON")


def test_exporters_whose_names_have_colons(tmp_path: Path, folder: Path) -> None:
    panels = [{"title": "x", "targets": [{"expr": f"rate({name}[5m])"}]} for name in (":tensorflow:serving:request_count", ":a:b")]
    (tmp_path / "d.json").write_text(json.dumps({"title": "x", "panels": panels}))
    assert [each.name for each in check(tmp_path / "d.json", folder / "rules.yml")] == [":a:b"]


def test_standard_input_is_one_thing(folder: Path, promtrim: Run) -> None:
    dashboard, rules = (folder / "recorded.json").read_bytes(), (folder / "rules.yml").read_bytes()
    expected = promtrim("dashboard", "check", folder / "recorded.json", "--rules", folder / "rules.yml").stdout.count(b"\n")
    assert promtrim("dashboard", "check", "-", "--rules", folder / "rules.yml", stdin=dashboard).stdout.count(b"\n") == expected
    assert promtrim("dashboard", "check", folder / "recorded.json", "--rules", "-", stdin=rules).stdout.count(b"\n") == expected
    for command in ("check", "trim"):
        run = promtrim("dashboard", command, "-", "--rules", "-", stdin=dashboard)
        assert (run.returncode, run.stdout) == (2, b"")
        assert b"not both" in run.stderr
    run = promtrim("dashboard", "trim", folder / "rows.json", "--rules", "-", stdin=rules)
    assert run.returncode == 0
