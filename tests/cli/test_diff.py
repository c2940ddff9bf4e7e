"""``promtrim diff`` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.test_check import GOOD, NEVER, closed
from tests.conftest import Run
from tests.review.conftest import Repository, rules


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def changed(repository: Repository) -> str:
    base = repository.commit(rules__shop=rules(GOOD), promtrim="topology: single-node\n")
    repository.write("rules/shop.yml", rules(GOOD, NEVER))
    return base


def test_exit_status_and_formats(promtrim: Run, changed: str, repository: Repository, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    forms = ("markdown", "json", "github", "sarif", "gitlab", "junit")
    run = promtrim("diff", changed, *(f"--format={form}={out}/{form}" for form in forms), cwd=repository.folder)
    assert run.returncode == 1, run.stderr
    assert run.stdout.decode().endswith("fails on cannot-fire (1)\n")
    assert {path.name for path in out.iterdir()} == set(forms)
    assert (out / "github").read_text().startswith("::error file=rules/shop.yml,line=7,col=9,")
    assert json.loads((out / "gitlab").read_text())[0]["location"]["path"] == "rules/shop.yml"
    assert promtrim("diff", changed, "--fail-on=none", cwd=repository.folder).returncode == 0
    assert promtrim("diff", changed, changed, cwd=repository.folder).returncode == 0


def test_json_follows_its_schema(promtrim: Run, changed: str, repository: Repository, project: Path) -> None:
    schema = json.loads((project / "schema" / "diff.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    repository.write("promtrim.yml", "topology: ha-cluster\nlevel: relevant\n")
    repository.write("rules/more.yml", rules("Lag: mongodb_mongod_replset_member_replication_lag > 10", "a:b: sum(x)"))
    found = json.loads(promtrim("diff", changed, "--format=json", cwd=repository.folder).stdout)
    jsonschema.Draft202012Validator(closed(schema)).validate(found)
    assert found["summary"]["added"] == 3
    assert found["head"] == "the working tree"


def test_titles_tell_comments_apart(promtrim: Run, changed: str, repository: Repository) -> None:
    run = promtrim("diff", changed, "--format=markdown", "--title", "Shop & co", cwd=repository.folder)
    assert run.stdout.startswith(b"<!-- promtrim:diff:shop-co -->\n### promtrim: Shop &amp; co\n")


@pytest.mark.parametrize(("arguments", "says"), [
    (["nowhere"], b"no revision, file or folder 'nowhere'"),
    (["--", "-x"], b"begins with a dash"),
    (["HEAD..HEAD"], b"is a range"),
    (["HEAD", "--topology", "missing"], b"missing"),
    (["HEAD", "--format", "json", "--format", "text"], b"two formats go to standard output"),
    ([], b"Missing argument 'BASE'"),
])  # fmt: skip
def test_wrong_calls_are_one_line(
    promtrim: Run, changed: str, repository: Repository, arguments: list[str], says: bytes
) -> None:
    run = promtrim("diff", *arguments, cwd=repository.folder)
    assert run.returncode == 2
    assert says in run.stderr
    assert run.stderr.count(b"\n") == 1


def test_a_baseline_of_a_change(promtrim: Run, changed: str, repository: Repository) -> None:
    assert promtrim("diff", changed, "--write-baseline=base.json", cwd=repository.folder).returncode == 0
    assert promtrim("diff", changed, "--baseline=base.json", cwd=repository.folder).returncode == 0
    assert promtrim("check", "rules", "--baseline=base.json", cwd=repository.folder).returncode == 0


def test_from_a_folder_below_the_root(promtrim: Run, changed: str, repository: Repository) -> None:
    run = promtrim("diff", changed, "--paths", "shop.yml", cwd=repository.folder / "rules")
    assert run.returncode == 1, run.stderr
    assert b"rules/shop.yml:7:9: error: Never" in run.stdout
