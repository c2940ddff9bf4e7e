"""``promtrim topology``, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import PromtrimError
from promtrim.plan.model import Decided
from promtrim.topology.load import load
from promtrim.topology.write import to_file
from tests.conftest import Run


@pytest.fixture
def bakery(fixtures: Path) -> Path:
    return fixtures / "stack" / "bakery"


def test_detect_writes_what_it_read_and_where(promtrim: Run, bakery: Path) -> None:
    run = promtrim("topology", "detect", ".", cwd=bakery)
    assert run.returncode == 0, run.stderr
    text = run.stdout.decode()
    assert text.startswith("# What is deployed, as promtrim read it off.")
    assert "#   ./docker-compose.yml\n" in text
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("workloads:"))
    assert any("replicas: 1" in line and "# ./docker-compose.yml:" in line for line in lines[start:])


def test_what_detect_writes_can_be_read_back(promtrim: Run, bakery: Path, tmp_path: Path) -> None:
    file = tmp_path / "topology.yml"
    assert promtrim("topology", "detect", bakery, "-o", file).stdout == b""
    assert promtrim("topology", "check", file).returncode == 0
    said = json.loads(promtrim("topology", "detect", bakery, "--format", "json").stdout)["topology"]
    back = json.loads(promtrim("topology", "show", file, "--format", "json").stdout)["topology"]
    assert {key: value for key, value in back.items() if key != "sources"} == {
        key: value for key, value in said.items() if key != "sources"
    }
    assert set(said["sources"]) <= set(back["sources"]) | {"jobs"}


def test_a_source_that_is_named_counts_instead_of_the_folder_s(promtrim: Run, fixtures: Path) -> None:
    folder = fixtures / "kubernetes" / "tickets"
    run = promtrim("topology", "detect", ".", "--format", "json", cwd=folder)
    assert json.loads(run.stdout)["read"] == ["./live"]
    assert b"./lab: stands on the same base as ./live, which was taken" in run.stderr
    run = promtrim("topology", "detect", ".", "--kubernetes", "lab", "--format", "json", cwd=folder)
    assert json.loads(run.stdout)["read"] == ["lab"]
    assert b"stands on the same base" not in run.stderr


def test_show_is_a_table(promtrim: Run, bakery: Path) -> None:
    lines = promtrim("topology", "show", ".", cwd=bakery).stdout.decode().splitlines()
    assert lines[0].split() == ["WHAT", "HOW", "MANY", "READ", "IN"]
    assert "nodes" in {line.split()[0] for line in lines if line}
    assert any(line.split()[:3] == ["shop", "1", "replica,"] and "./docker-compose.yml:3" in line for line in lines)
    library = promtrim("topology", "show", bakery.parent / "library").stdout.decode()
    assert "Open, so nothing is concluded from it: nodes, " in library
    shown = promtrim("topology", "show", "single-node").stdout.decode()
    assert "all else             1 replica, 1 member, standalone, scraped  preset single-node" in shown


def test_show_corrects_sources_by_a_file(promtrim: Run, bakery: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text("nodes: 3\n")
    run = promtrim(
        "topology", "show", "mine.yml", "--compose", bakery / "docker-compose.yml", "--format", "json", cwd=tmp_path
    )
    said = json.loads(run.stdout)
    assert (said["topology"]["nodes"], said["topology"]["sources"]["nodes"]) == (3, "mine.yml:1")
    assert any(each["code"] == "conflict" for each in said["problems"])


def test_names_of_strangers_do_not_steer_the_terminal(promtrim: Run, tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text('services:\n  "a\\e[2J":\n    image: "x"\n')
    for form in ("detect", "show"):
        run = promtrim("topology", form, tmp_path)
        assert b"\x1b" not in run.stdout + run.stderr


def test_nothing_to_read(promtrim: Run, tmp_path: Path) -> None:
    run = promtrim("topology", "detect")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"say what to read" in run.stderr
    run = promtrim("topology", "detect", "nowhere")
    assert (run.returncode, run.stderr) == (2, b"nowhere: there is no such folder\n")
    (tmp_path / "empty").mkdir()
    run = promtrim("topology", "detect", "empty")
    assert run.returncode == 0
    assert run.stderr.startswith(b"empty: nothing that can be read says what is deployed: name ")
    assert run.stdout.endswith(b"\n{}\n")


def test_check_finds_every_mistake_with_its_place(promtrim: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("nodes: three\nworkloads:\n  shop: {replica: 1}\n")
    (tmp_path / "b.yml").write_text(
        "workloads:\n  shop: {replicas: 3..1, depends-on: [cash]}\njobs: {till: {}}\ndatastores: {db: {jobs: [tail]}}\n"
    )
    (tmp_path / "c.yml").write_text(
        "exporters: {redis_exportr: true}\noptions: {node_exporter: {systemdd: true}}\njobs: {a: {technology: nod_exporter}}\n"
    )
    (tmp_path / "ok.yml").write_text("preset: single-node\nexporters: {redis_exporter: false}\n")
    run = promtrim("topology", "check", "a.yml", "b.yml", "ok.yml", "c.yml", "none.yml")
    assert (run.returncode, run.stdout) == (2, b"")
    assert [line.partition(": ")[0] for line in run.stderr.decode().splitlines()] == [
        "a.yml:1:1", "a.yml:3:10", "b.yml:2:10", "b.yml:2:26", "b.yml:4:19",
        "c.yml:1:13", "c.yml:2:27", "c.yml:3:12", "none.yml",
    ]  # fmt: skip
    assert b"did you mean 'redis_exporter'?" in run.stderr
    assert promtrim("topology", "check", "ok.yml").returncode == 0


def test_the_stack_that_this_project_was_asked_for(promtrim: Run, shared: Path) -> None:
    kubernetes = shared / "checkin" / "kubernetes"
    for overlay, name, replicas in (("base", "backend", 1), ("staging", "staging-backend", 1), ("production", "prod-backend", 3)):
        run = promtrim("topology", "detect", "--kubernetes", kubernetes / overlay)
        assert run.returncode == 0
        assert b"secrets.yaml does not exist" in run.stderr
        said = json.loads(promtrim("topology", "detect", "--kubernetes", kubernetes / overlay, "--format", "json").stdout)
        assert said["topology"]["workloads"][name]["replicas"] == replicas


def test_every_stack_gives_a_topology_that_can_be_read_back(promtrim: Run, shared: Path, tmp_path: Path) -> None:
    for folder in sorted(each for each in (shared / "wild").iterdir() if each.is_dir()):
        file = tmp_path / "topology.yml"
        file.unlink(missing_ok=True)
        run = promtrim("topology", "detect", folder, "-o", file)
        assert run.returncode == 0, run.stderr
        load(str(file))


def test_the_file_gives_the_same_plan_as_the_sources(shared: Path, tmp_path: Path) -> None:
    """Save for what only the way tells: which rules nothing loads."""
    for folder in (shared / "checkin", *sorted(each for each in (shared / "wild").iterdir() if each.is_dir())):
        found = api.detect(str(folder))
        file = tmp_path / "topology.yml"
        file.write_text(to_file(found.topology, found.problems, found.read))
        api.check_topology(str(file))
        try:
            by_sources = api.make_plan([str(folder)], sources=str(folder), evidence=False)
        except PromtrimError:
            continue  # no rules there, or none that can be read
        by_file = api.make_plan([str(folder)], topology=str(file), evidence=False)
        for one, other in zip(by_sources.rules, by_file.rules, strict=True):
            if one.judged.cause != "not-loaded":
                assert _decision(one) == _decision(other), (folder.name, one.judged.rule.name)


def _decision(each: Decided) -> tuple[object, ...]:
    judged = each.judged
    return (judged.verdict, judged.cause, judged.tier, judged.components, each.keep, each.reason.code)
