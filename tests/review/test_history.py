"""A repository's history, commit by commit: what the review of each says is a text that a person agrees with.

PROMTRIM_UPDATE=1 writes the expected texts in ``history/`` anew: read the diff.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim import api
from promtrim.output.reviews import rendered
from promtrim.review.model import Review
from tests.review.conftest import Repository

HISTORY = Path(__file__).parent / "history"

Step = Callable[[Repository], None]


def _mixin_comes(it: Repository) -> None:
    it.write("rules/machines.yml", (HISTORY / "mixin-1.yml").read_text())


def _mixin_upgrade(it: Repository) -> None:
    it.write("rules/machines.yml", (HISTORY / "mixin-2.yml").read_text())


def _threshold(it: Repository) -> None:
    _replace(it, "rules/app.yml", "> 0.03", "> 0.10")


def _cannot_fire(it: Repository) -> None:
    text = """\
      - alert: SeatMapReplicaStale
        expr: redis_connected_slaves{job="redis"} < 1 and redis_connected_slaves{job="redis"} > 2
        labels: {severity: critical}
      - alert: OrdersReplicaLate
        expr: mongodb_mongod_replset_member_replication_lag > 60
        labels: {severity: critical}
      - alert: TooFewMachines
        expr: count(kube_node_info) < 3
        for: 10m
        labels: {severity: critical}
"""
    path = it.folder / "rules/app.yml"
    path.write_text(path.read_text().rstrip("\n") + "\n" + text)


def _split(it: Repository) -> None:
    path = it.folder / "rules/app.yml"
    parts = re.split(r"(?m)^(?=  - name: )", path.read_text())
    path.write_text("".join(parts[:3]))
    (it.folder / "rules/rest.yml").write_text("groups:\n" + "".join(parts[3:]))


def _groups_renamed(it: Repository) -> None:
    _replace(it, "rules/app.yml", "name: availability", "name: is-it-there")
    _replace(it, "rules/machines.yml", "name: machines", "name: node.rules")


def _windows(it: Repository) -> None:
    for path in (it.folder / "rules").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _folder_renamed(it: Repository) -> None:
    it.git("mv", "rules", "alerting")


def _three_members(it: Repository) -> None:
    it.write(
        "promtrim.yml",
        "topology:\n  preset: single-node\n  datastores:\n"
        "    mongodb: {technology: mongodb, members: 3, mode: replicated}\n",
    )


def _record_goes(it: Repository) -> None:
    _replace(it, "alerting/machines.yml", "record: machine:cpu_busy:ratio", "record: instance:cpu_busy:ratio")


def _database_alert_goes(it: Repository) -> None:
    for path in sorted((it.folder / "alerting").glob("*.yml")):
        text = path.read_bytes().decode()
        kept = re.sub(r"(?ms)^      - alert: OrdersDatabaseDown\r\n.*?(?=^ {0,6}\S|\Z)", "", text)
        path.write_bytes(kept.encode())


def _accepted(it: Repository) -> None:
    """A person knows better: the comment at the rule counts."""
    _replace(it, "alerting/rest.yml", "- alert: AutoscalerExhausted", "- alert: AutoscalerExhausted # promtrim: keep: soon")


STEPS: tuple[tuple[str, Step], ...] = (
    ("01 a mixin is taken in", _mixin_comes),
    ("02 a newer edition of the mixin", _mixin_upgrade),
    ("03 a threshold is raised", _threshold),
    ("04 alerts that cannot fire are added", _cannot_fire),
    ("05 a file is split", _split),
    ("06 groups are renamed", _groups_renamed),
    ("07 line ends of Windows", _windows),
    ("08 the folder is renamed", _folder_renamed),
    ("09 the database gets three members", _three_members),
    ("10 a recording rule is renamed and its user is not", _record_goes),
    ("11 the only alert on the database goes", _database_alert_goes),
    ("12 a person decides", _accepted),
)


def _replace(it: Repository, name: str, old: str, new: str) -> None:
    path = it.folder / name
    text = path.read_bytes().decode()
    assert old in text, f"{name} has no {old!r}"
    path.write_bytes(text.replace(old, new).encode())


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, fixtures: Path) -> Repository:
    made = Repository(tmp_path_factory.mktemp("history"))
    made.write("rules/app.yml", (fixtures / "alert_rules.yml").read_text())
    made.write("promtrim.yml", "topology: single-node\n")
    made.commit("the shop's own rules")
    for message, step in STEPS:
        step(made)
        made.commit(message)
    return made


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1), ids=[message for message, _ in STEPS])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_review_of_each_commit(
    number: int, form: str, history: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(history.folder)
    back = len(STEPS) - number
    review = api.diff(f"HEAD~{back + 1}", f"HEAD~{back}")
    found = rendered(review, form)
    expected = HISTORY / f"{STEPS[number - 1][0].replace(' ', '-')}.{'md' if form == 'markdown' else 'txt'}"
    if os.environ.get("PROMTRIM_UPDATE"):
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Repository:
    """Rules that many clusters run, in a repository."""
    made = Repository(tmp_path_factory.mktemp("published"))
    for path in sorted((shared / "corpus" / "kube-prometheus").glob("*.yaml")):
        made.write(f"rules/{path.name}", path.read_text())
    made.commit("as published")
    return made


def _reviewed(it: Repository, monkeypatch: pytest.MonkeyPatch, change: Callable[[str, str], str]) -> Review:
    """The review of a change to every file; the repository is as it was afterwards."""
    monkeypatch.chdir(it.folder)
    for path in sorted((it.folder / "rules").iterdir()):
        text = path.read_bytes().decode()
        path.write_bytes(change(path.name, text).encode())
    try:
        return api.diff("HEAD")
    finally:
        it.git("checkout", "-q", "--force", "HEAD")
        it.git("clean", "-qfd")


def _nothing_happens(review: Review) -> None:
    assert review.changes == ()
    assert review.flips == ()
    assert review.lost == review.gained == ()
    assert [finding for finding in review.result.findings if finding.level != "note"] == []


def test_line_ends_of_published_rules(published: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    review = _reviewed(published, monkeypatch, lambda _, text: text.replace("\n", "\r\n"))
    _nothing_happens(review)
    assert {each.line_ends for each in review.reformatted} == {True}
    assert len(review.reformatted) == 8


def test_groups_of_published_rules_renamed(published: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    review = _reviewed(published, monkeypatch, lambda _, text: re.sub(r"(?m)^(  - name: .*)$", r"\1-v2", text))
    _nothing_happens(review)
    assert {move.what for move in review.moves} == {"group"}
    assert all(move.after == f"{move.before}-v2" and move.whole for move in review.moves)


def test_published_rules_written_anew(published: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another layout of everything, keys in another order, expressions on one line."""
    import yaml

    def anew(_: str, text: str) -> str:
        return yaml.safe_dump(yaml.safe_load(text), width=10_000, default_flow_style=None)

    review = _reviewed(published, monkeypatch, anew)
    _nothing_happens(review)
    assert review.moves == ()


def test_one_threshold_of_published_rules(published: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def raised(name: str, text: str) -> str:
        found = re.search(r"(?m)(> )(0\.01)$", text)
        return text[: found.start()] + "> 0.02" + text[found.end() :] if found and "nodeExporter" in name else text

    review = _reviewed(published, monkeypatch, raised)
    (change,) = review.changes
    assert [(each.what, each.before, each.after) for each in change.edits] == [("threshold", "0.01", "0.02")]


def test_there_and_back(published: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one direction adds the other removes; what one loses the other gains."""
    monkeypatch.chdir(published.folder)
    base = published.git("rev-parse", "HEAD")
    (published.folder / "rules" / "kubePrometheus-prometheusRule.yaml").unlink()
    head = published.commit("fewer")
    try:
        there, back = api.diff(base, head), api.diff(head, base)
    finally:
        published.git("reset", "-q", "--hard", base)
    names = [[change.before.judged.rule.name for change in there.changes if change.before],
             [change.after.judged.rule.name for change in back.changes if change.after]]  # fmt: skip
    assert names[0] == names[1] != []
    assert there.lost == back.gained
    assert there.gained == back.lost == ()
