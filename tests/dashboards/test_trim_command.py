"""``promtrim dashboard trim`` as a user calls it: where it writes, what it prints, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def folder(tmp_path: Path, fixtures: Path) -> Path:
    """The dashboards, to write over."""
    shutil.copytree(fixtures / "dashboards", tmp_path / "dashboards")
    return tmp_path / "dashboards"


def test_one_file_to_standard_output(promtrim: Run, folder: Path) -> None:
    run = promtrim("dashboard", "trim", folder / "rows.json")
    assert run.returncode == 0
    assert len(json.loads(run.stdout)["rows"]) == 2
    assert b"loses 2 of 4 panels" in run.stderr
    again = promtrim("dashboard", "trim", "-q", "-", stdin=run.stdout)
    assert (again.stdout, again.stderr) == (run.stdout, b"")


def test_output_and_in_place(promtrim: Run, folder: Path, tmp_path: Path) -> None:
    before = (folder / "rows.json").read_bytes()
    assert promtrim("dashboard", "trim", folder / "rows.json", "-o", tmp_path / "out.json").returncode == 0
    assert (folder / "rows.json").read_bytes() == before
    os.chmod(folder / "rows.json", 0o640)
    run = promtrim("dashboard", "trim", folder, "--in-place")
    assert run.returncode == 0
    assert run.stdout == b""
    assert (folder / "rows.json").read_bytes() == (tmp_path / "out.json").read_bytes()
    assert (folder / "rows.json").stat().st_mode & 0o777 == 0o640
    assert b"Wrote 5 files" in run.stderr
    assert sorted(path.name for path in folder.iterdir()) == [
        "alpha.json", "configmap.yml", "current.json", "elements.json", "recorded.json", "rows.json", "rules.yml"
    ]  # fmt: skip
    run = promtrim("dashboard", "trim", folder, "--in-place")
    assert b"nothing to remove" in run.stderr
    assert b"Wrote" not in run.stderr


def test_a_folder_to_a_folder(promtrim: Run, folder: Path, tmp_path: Path) -> None:
    run = promtrim("dashboard", "trim", folder, "-o", tmp_path / "out/")
    assert run.returncode == 0
    assert len(list((tmp_path / "out").iterdir())) == 6  # rules.yml is none


def test_check_writes_nothing_and_says_whether_anything_would_go(promtrim: Run, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    run = promtrim("dashboard", "trim", "--check", folder)
    assert (run.returncode, run.stdout) == (1, b"")
    run = promtrim("dashboard", "trim", "--check", folder, "--topology", "ha-cluster")
    assert (run.returncode, run.stdout) == (0, b"")
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--in-place", "-o", "x"], "two places"),
        (["--check", "-o", "x"], "--check"),
        (["--check", "--in-place"], "--check"),
        (["-o", "rows.json/"], ""),
        (["--topology", "nowhere"], "nowhere"),
        (["--rules", "missing.yml"], "missing.yml"),
    ],
)
def test_calls_that_do_not_fit(promtrim: Run, folder: Path, arguments: list[str], words: str) -> None:
    run = promtrim("dashboard", "trim", folder / "rows.json", folder / "alpha.json", *arguments)
    assert run.returncode == 2 or not words
    assert words in run.stderr.decode()
    assert promtrim("dashboard", "trim", folder / "rows.json", folder / "alpha.json").returncode == 2


def schema(project: Path, name: str) -> Draft202012Validator:
    value: dict[str, Any] = json.loads((project / "schema" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(value)
    return Draft202012Validator(value)


def test_json_is_as_the_schema_says(promtrim: Run, folder: Path, project: Path, tmp_path: Path) -> None:
    run = promtrim("dashboard", "trim", folder, "--format", "json", "-o", tmp_path / "out/")
    value = json.loads(run.stdout)
    schema(project, "dashboard-trim").validate(value)
    assert value["summary"]["panels_removed"] == 10
    current = next(each for each in value["dashboards"] if each["uid"] == "shop-overview")
    assert current["written_to"].endswith("out/current.json")
    lines = (folder / "current.json").read_text("utf-8").splitlines()
    for each in current["removed"]:
        here = lines[each["line"] - 1][each["column"] - 1 :]
        assert here.startswith("{")
        assert json.dumps(each["title"]) in "".join(lines[each["line"] - 1 :])
    query = next(each for each in current["removed"] if each["what"] == "query")
    assert query["reason"]["cause"] == "topology"
    assert query["reason"]["source"]


def test_nothing_is_written_by_json_alone(promtrim: Run, folder: Path, project: Path) -> None:
    before = (folder / "rows.json").read_bytes()
    value = json.loads(promtrim("dashboard", "trim", folder / "rows.json", "--format", "json").stdout)
    schema(project, "dashboard-trim").validate(value)
    assert value["dashboards"][0]["written_to"] is None
    assert (folder / "rows.json").read_bytes() == before


def test_byte_order_mark_and_line_ends_stay(promtrim: Run, folder: Path) -> None:
    file = folder / "rows.json"
    text = file.read_text("utf-8").replace("\n", "\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert promtrim("dashboard", "trim", "--in-place", file).returncode == 0
    after = file.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf{\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")


def test_what_nothing_scrapes_is_told_apart(promtrim: Run, tmp_path: Path) -> None:
    """A topology that lists its scrape jobs: queries for another job return nothing, and the account says why."""
    (tmp_path / "topology.yml").write_text("jobs: {node: {targets: 1}}\n")
    panels = [{"id": n, "title": job, "targets": [{"expr": f'up{{job="{job}"}}'}]} for n, job in enumerate(("node", "shop", "$job"))]
    (tmp_path / "d.json").write_text(json.dumps({"title": "x", "panels": panels}))
    run = promtrim("dashboard", "trim", "d.json", "--topology", "topology.yml")
    assert [panel["title"] for panel in json.loads(run.stdout)["panels"]] == ["node", "$job"]
    assert b"nothing delivers what they ask for" in run.stderr
    assert b"no scrape job is named 'shop'" in run.stderr


def test_a_folder_of_all_kinds_of_files(promtrim: Run, folder: Path, tmp_path: Path) -> None:
    """Templates, settings with comments, other resources: none of trim's business. A broken dashboard is."""
    (folder / "template.yaml").write_text("{{- if .Values.x }}\na: b\n{{- end }}\n")
    (folder / "settings.json").write_text("{ // a comment\n}")
    (folder / "deployment.yml").write_text("kind: Deployment\n")
    (folder / ".git").mkdir()
    (folder / ".git" / "old.json").write_text('{"panels": [')
    assert promtrim("dashboard", "trim", "--check", folder).returncode == 1
    (folder / "broken.json").write_text('{"panels": [')
    run = promtrim("dashboard", "trim", "--check", folder)
    assert run.returncode == 2
    assert run.stderr.decode().startswith(f"{folder / 'broken.json'}:1:13: is no JSON")
    (tmp_path / "none").mkdir()
    run = promtrim("dashboard", "trim", tmp_path / "none")
    assert run.returncode == 2
    assert b"holds no dashboard" in run.stderr


def test_half_of_a_character(promtrim: Run, tmp_path: Path) -> None:
    """Half of a surrogate pair in an escape: kept as it is written, and told without a stumble."""
    text = '{"title": "a\\ud83d", "panels": [{"title": "\\udc00", "targets": [{"expr": "kube_horizontalpodautoscaler_info"}]}]}'
    (tmp_path / "d.json").write_text(text)
    run = promtrim("dashboard", "trim", "d.json")
    assert (run.returncode, run.stdout.decode()) == (0, '{"title": "a\\ud83d", "panels": []}')
    assert promtrim("dashboard", "trim", "d.json", "--format", "json").returncode == 0
