"""``promtrim check``: findings on rules as they stand, exit statuses, baselines."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import Run
from tests.review.conftest import rules

GOOD = 'Gone: up{job="shop"} == 0 | labels: {severity: critical}'
NEVER = 'Never: up{job="shop"} == 2 | labels: {severity: critical}'
ALWAYS = "TooFewNodes: count(kube_node_info) < 3 | labels: {severity: critical}"
TWICE = GOOD.replace("Gone", "Down")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(rules(GOOD, NEVER, ALWAYS, TWICE))
    return path


def test_text_is_one_line_per_finding_that_editors_read(promtrim: Run, file: Path) -> None:
    run = promtrim("check", "rules.yml")
    assert run.returncode == 1, run.stderr
    lines = run.stdout.decode().splitlines()
    assert lines[0].startswith("rules.yml:7:9: error: Never: this alert can fire nowhere: ")
    assert lines[0].endswith(" [cannot-fire]")
    assert lines[1] == "    -> mend the expression"
    assert [line.split("[")[-1] for line in lines if line.startswith("rules.yml")] == [
        "cannot-fire]", "always-fires]", "duplicate]",
    ]  # fmt: skip
    assert lines[-1] == "4 rules: 2 errors, 1 warning; fails on cannot-fire (1), always-fires (1)"


@pytest.mark.parametrize(("arguments", "status"), [
    ([], 1), (["--fail-on", "duplicate"], 1), (["--fail-on", "defect,blind-spot"], 0), (["--fail-on", "none"], 0),
    (["--fail-on", "defect", "--fail-on", "cannot-fire"], 1), (["--fail-on", "nonsense"], 2),
    (["--fail-on", "none,defect"], 2), (["--format", "xml"], 2), (["--format", "json="], 2),
    (["--format", "json", "--format", "sarif"], 2), (["--format", "json=x", "--format", "sarif=x"], 2),
    (["--baseline", "missing.json"], 2),
])  # fmt: skip
def test_exit_status(promtrim: Run, file: Path, arguments: list[str], status: int) -> None:
    run = promtrim("check", "rules.yml", *arguments)
    assert run.returncode == status, run.stderr
    assert run.stderr.count(b"\n") == (status == 2)
    assert not (file.parent / "x").exists()


def test_fail_on_of_the_configuration(promtrim: Run, file: Path) -> None:
    (file.parent / "promtrim.yml").write_text("fail-on: [duplicate]\n")
    assert b"fails on duplicate (1)" in promtrim("check", "rules.yml").stdout
    assert b"fails on cannot-fire (1)" in promtrim("check", "rules.yml", "--fail-on", "cannot-fire").stdout
    (file.parent / "promtrim.yml").write_text("fail-on: []\n")
    assert promtrim("check", "rules.yml").returncode == 0


def test_several_formats_at_once(promtrim: Run, file: Path) -> None:
    forms = ("markdown", "json", "github", "sarif", "gitlab", "junit", "text")
    run = promtrim("check", "rules.yml", *(f"--format={form}={form}.out" for form in forms))
    assert run.returncode == 1
    assert run.stdout == (file.parent / "text.out").read_bytes()
    assert all((file.parent / f"{form}.out").stat().st_size for form in forms)
    assert json.loads(promtrim("check", "rules.yml", "--format=json").stdout)["version"] == 1


def test_json_follows_its_schema(promtrim: Run, file: Path, project: Path) -> None:
    schema = json.loads((project / "schema" / "findings.schema.json").read_text())
    found = json.loads(promtrim("check", "rules.yml", "--format", "json").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(closed(schema)).validate(found)
    assert [(each["id"], each["line"], each["fails"]) for each in found["findings"]] == [
        ("cannot-fire", 7, True), ("always-fires", 10, True), ("duplicate", 13, False),
    ]  # fmt: skip
    assert found["findings"][2]["same"] == {"rule": "Gone", "file": "rules.yml", "line": 4}


def closed(schema: object) -> object:
    """The schema with every object closed, to find fields that it does not list."""
    if isinstance(schema, dict):
        found = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and "required" in schema:
            found["additionalProperties"] = False
        return found
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


def test_a_baseline_lets_an_old_repository_start_green(promtrim: Run, file: Path) -> None:
    assert promtrim("check", "rules.yml", "--write-baseline", "base.json").returncode == 0
    run = promtrim("check", "rules.yml", "--baseline", "base.json")
    assert run.returncode == 0
    assert run.stdout == b"4 rules: nothing to say; 3 more in the baseline\n"
    # Moved, renamed and reformatted, they are the same findings.
    renamed = NEVER.replace("Never: ", "Impossible: (").replace(" == 2", ") == 2")
    (file.parent / "moved.yml").write_text(rules(GOOD, TWICE, ALWAYS, renamed, group="other"))
    assert promtrim("check", "moved.yml", "--baseline", "base.json").returncode == 0
    # A copy of an accepted one is new.
    (file.parent / "more.yml").write_text(rules(GOOD, NEVER, NEVER.replace("Never", "Again").replace("critical", "page")))
    run = promtrim("check", "more.yml", "--baseline", "base.json")
    assert run.returncode == 1
    assert b"2 of the baseline mended: write it anew" in run.stdout
    (file.parent / "base.json").write_text('{"version": 7, "findings": []}')
    assert promtrim("check", "rules.yml", "--baseline", "base.json").returncode == 2
    (file.parent / "base.json").write_text("[]")
    assert b"is no baseline" in promtrim("check", "rules.yml", "--baseline", "base.json").stderr


def test_a_baseline_grows_by_what_is_new(promtrim: Run, file: Path) -> None:
    promtrim("check", "rules.yml", "--write-baseline", "base.json")
    before = (file.parent / "base.json").read_text()
    promtrim("check", "rules.yml", "--baseline", "base.json", "--write-baseline", "base.json")
    assert (file.parent / "base.json").read_text() == before


def test_what_a_person_has_decided_is_no_finding(promtrim: Run, tmp_path: Path) -> None:
    text = rules(NEVER, ALWAYS).replace("      - alert: Never", "      # promtrim: keep: the exporter comes soon\n      - alert: Never")
    (tmp_path / "rules.yml").write_text(text)
    (tmp_path / "promtrim.yml").write_text("keep: [{alert: TooFew*, reason: we grow}]\n")
    run = promtrim("check", "rules.yml")
    assert (run.returncode, run.stdout) == (0, b"2 rules: nothing to say\n")


def test_mistakes_in_rules_themselves(promtrim: Run, tmp_path: Path) -> None:
    half = 'Half: up{job="a"} == 0 or up{job="b"} > 7 | labels: {severity: critical}'
    old = "Old: node_cpu > 1"
    (tmp_path / "rules.yml").write_text(rules(half, old, 'Quiet: up{job="a"} == 0', "Odd: sum(("))
    found = json.loads(promtrim("check", "rules.yml", "--format=json").stdout)["findings"]
    assert [(each["rule"], each["id"], each["code"]) for each in found] == [
        ("Half", "defect", "dead-branch"), ("Old", "defect", "renamed-metric"), ("Quiet", "defect", "quiet-critical"),
        ("Odd", "unknown", None),
    ]  # fmt: skip
    (where,) = [(each["line"], each["column"]) for each in found if each["code"] == "dead-branch"]
    assert (tmp_path / "rules.yml").read_text().splitlines()[where[0] - 1][where[1] - 1 :] == 'up{job="b"} > 7'


def test_blind_spots_of_a_stack(promtrim: Run, fixtures: Path) -> None:
    folder = fixtures / "stack" / "bakery"
    run = promtrim("check", ".", "--compose=docker-compose.yml", "--prometheus-config=prometheus/prometheus.yml", cwd=folder)
    assert run.returncode == 1
    text = run.stdout.decode()
    assert "error: VanGone: nobody is told when van is down: no scrape job is named 'van'" in text
    assert "fails on blind-spot" in text


def test_it_imports_what_reduce_imports_and_little_more(promtrim: Run, fixtures: Path) -> None:
    """The 381-line file within four times promtool: it costs what ``reduce`` costs."""

    def imported(command: str) -> set[str]:
        run = promtrim(command, fixtures / "alert_rules.yml", env={"PYTHONPROFILEIMPORTTIME": "1"})
        lines = run.stderr.decode().splitlines()
        return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}

    more = imported("check") - imported("reduce")
    assert "promtrim.review.present" in more
    assert {name for name in more if not name.startswith("promtrim.")} == set()
    assert not more & {"promtrim.review.git", "promtrim.review.matching", "promtrim.output.sarif"}


def test_standard_input(promtrim: Run) -> None:
    run = promtrim("check", "-", stdin=rules(NEVER).encode())
    assert run.returncode == 1
    assert run.stdout.startswith(b"-:4:9: error: Never: ")


def test_an_error_is_no_command_to_a_runner(promtrim: Run) -> None:
    run = promtrim("check", "::error::forged.yml", "a ##[error]forged.yml")
    assert run.returncode == 2
    assert run.stderr.startswith(b": :error::forged.yml: ")
    assert b"##[" not in run.stderr
