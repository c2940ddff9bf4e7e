"""Rule groups in a ruler: only what differs is written, what fails goes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from promtrim.errors import CallError, InputError, RemoteError
from promtrim.http import Client, Server
from promtrim.push import mimir, resources
from promtrim.push.steps import Outcome
from tests.push.documented import Ruler, documented

RULES = """\
groups:
  - name: tills
    interval: 1m
    rules:
      - {alert: TillsDown, expr: 'sum(up{job="tills"}) == 0', for: 60m, labels: {severity: critical}}
      - {alert: TillsSlow, expr: 'sum(till_seconds) > 5', labels: {severity: warning}}
  - name: noise
    rules:
      - {alert: Noise, expr: 'sum(noise) > 5', labels: {severity: warning}}
  - name: as it is/was
    rules:
      - {record: 'tills:up', expr: 'sum(up{job="tills"})'}
"""
SETTINGS = "keep: [{alert: TillsDown, reason: a}]\ndrop: [{alert: TillsSlow, reason: b}, {alert: Noise, reason: c}]\n"
HEADERS = (("X-Scope-OrgID", "shop"),)


@pytest.fixture
def ruler() -> Iterator[Ruler]:
    this = Ruler()
    with documented(this):
        yield this


@pytest.fixture
def plan(tmp_path: Path) -> Any:
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "promtrim.yml").write_text(SETTINGS)
    return api.make_plan([str(tmp_path / "rules.yml")], evidence=False)


def server(ruler: Ruler) -> Server:
    return Server(ruler.url, headers=HEADERS, retries=1)


def push(ruler: Ruler, plan: Any, **options: Any) -> Outcome:
    return api.push_mimir(plan, server(ruler), "rules", tenant="shop", **options)


def undo(ruler: Ruler, **options: Any) -> Outcome:
    return api.undo_mimir(server(ruler), "rules", tenant="shop", **options)


def full(ruler: Ruler, tmp_path: Path) -> Any:
    """All rules in the ruler, as somebody loaded them before."""
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "rules.yml").write_text(RULES)
    (tmp_path / "all" / "promtrim.yml").write_text("keep: [{alert: '*', reason: all}]\n")
    everything = api.make_plan([str(tmp_path / "all" / "rules.yml")], evidence=False)
    assert push(ruler, everything).ok
    ruler.requests.clear()
    return {name: list(group["rules"]) for name, group in ruler.tenants["shop"]["rules"].items()}


def names(ruler: Ruler) -> dict[str, list[str]]:
    groups = ruler.tenants.get("shop", {}).get("rules", {})
    return {name: [rule.get("alert") or rule["record"] for rule in group["rules"]] for name, group in groups.items()}


REDUCED = {"tills": ["TillsDown"], "as it is/was": ["tills:up"]}


def test_only_what_differs_is_written(ruler: Ruler, plan: Any, tmp_path: Path) -> None:
    before = full(ruler, tmp_path)
    assert push(ruler, plan).ok
    assert names(ruler) == REDUCED
    assert ruler.writes() == ["POST /prometheus/config/v1/rules/rules", "DELETE /prometheus/config/v1/rules/rules/noise"]
    ruler.requests.clear()
    again = push(ruler, plan)
    assert again.ok
    assert {step.mark for step in again.steps} == {"same"}
    assert ruler.writes() == []
    assert undo(ruler).ok
    assert {name: group["rules"] for name, group in ruler.tenants["shop"]["rules"].items()} == before


def test_into_an_empty_namespace(ruler: Ruler, plan: Any) -> None:
    assert push(ruler, plan).ok
    assert names(ruler) == REDUCED
    assert undo(ruler).ok
    assert names(ruler) == {}
    with pytest.raises(CallError, match="no push"):
        undo(ruler)


def test_a_group_without_rules_is_none(ruler: Ruler, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES + "  - {name: empty, rules: []}\n")
    assert push(ruler, api.make_plan([str(tmp_path / "rules.yml")], evidence=False)).ok
    assert "empty" not in names(ruler)


def test_a_dry_run_changes_nothing(ruler: Ruler, plan: Any) -> None:
    assert push(ruler, plan, go=lambda _: False).dry
    assert ruler.writes() == []


def test_tenants_and_namespaces_are_apart(ruler: Ruler, plan: Any) -> None:
    assert api.push_mimir(plan, server(ruler), "else where/x", tenant="shop").ok
    assert list(ruler.tenants["shop"]) == ["else where/x"]
    with pytest.raises(RemoteError, match="no org id"):
        api.push_mimir(plan, Server(ruler.url, retries=0), "rules")


def test_what_others_put_there_is_left_alone(ruler: Ruler, plan: Any, tmp_path: Path) -> None:
    full(ruler, tmp_path)
    ruler.tenants["shop"]["rules"]["mine"] = {"name": "mine", "rules": [{"record": "a", "expr": "b"}]}
    outcome = push(ruler, plan)
    assert outcome.ok
    assert "rule group mine is left alone" in [step.text for step in outcome.steps] or "mine" in names(ruler)
    assert names(ruler) == {**REDUCED, "mine": ["a"]}
    ruler.tenants["shop"]["rules"]["tills"]["rules"].append({"alert": "New", "expr": "up == 0"})
    with pytest.raises(InputError, match="holds New"):
        push(ruler, plan)
    with pytest.raises(InputError, match="somebody has changed"):
        undo(ruler)
    assert push(ruler, plan, overwrite=True).ok


def test_what_fails_goes_back(ruler: Ruler, plan: Any, tmp_path: Path) -> None:
    before = full(ruler, tmp_path)
    ruler.fault = lambda method, path, number: 500 if method == "DELETE" else None
    outcome = push(ruler, plan)
    assert not outcome.ok
    assert {name: group["rules"] for name, group in ruler.tenants["shop"]["rules"].items()} == before
    ruler.fault = lambda method, path, number: None
    assert push(ruler, plan).ok


def test_a_server_that_keeps_something_else_is_found_out(ruler: Ruler, plan: Any) -> None:
    ruler.valid = lambda schema, value: value["rules"].pop() and ""  # type: ignore[method-assign]
    assert not push(ruler, plan).ok


def test_a_path_without_a_ruler(ruler: Ruler, plan: Any) -> None:
    with pytest.raises(RemoteError, match="--api-path"):
        push(ruler, plan, path="/api/v1/rules")


def test_two_groups_of_one_name(ruler: Ruler, tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(RULES)
    both = api.make_plan([str(tmp_path / "a.yml"), str(tmp_path / "b.yml")], evidence=False)
    with pytest.raises(CallError, match="a namespace holds one"):
        push(ruler, both)


def test_two_at_once(ruler: Ruler, plan: Any, tmp_path: Path) -> None:
    before = full(ruler, tmp_path)
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(push(ruler, plan))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [each.ok for each in outcomes] == [True] * 3
    assert names(ruler) == REDUCED
    assert undo(ruler).ok
    assert {name: group["rules"] for name, group in ruler.tenants["shop"]["rules"].items()} == before


@pytest.mark.parametrize("stop", range(5))
@pytest.mark.parametrize("then", ["push", "undo"])
def test_stopped_between_any_two_steps(ruler: Ruler, plan: Any, tmp_path: Path, stop: int, then: str) -> None:
    """As a SIGKILL would: the next push ends it, or --undo takes it back, to what was there before it."""
    before = full(ruler, tmp_path)
    goal = resources.target("mimir", ruler.url, "shop", "rules")
    texts = [(document, api.reduce_document(plan, document).text) for document in plan.documents]
    with Client(server(ruler)) as client:
        store = mimir.Groups(client, "rules")
        wanted = mimir.wanted(texts)
        changes = [resources.Change(name, store.read(name), new, store.read(name)) for name, new in wanted.items()]
        changes = [each for each in changes if not store.same(each.old, each.new)]
        record = resources.Record(2, "begun", ruler.url, "x", tuple(changes))
        list(islice(resources.exchange(goal, store, changes, record), stop))
    assert "TillsDown" in names(ruler)["tills"]
    if then == "push":
        assert push(ruler, plan).ok
        assert names(ruler) == REDUCED
        assert undo(ruler).ok
        assert {name: group["rules"] for name, group in ruler.tenants["shop"]["rules"].items()} == before
    elif stop:
        assert undo(ruler).ok
        assert {name: group["rules"] for name, group in ruler.tenants["shop"]["rules"].items()} == before
