"""Judging on several cores: the same opinions in the same order, whatever the workers do."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from promtrim import parallel
from promtrim.judge.rule import Opinion, RuleJudge
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.rulefile.model import Position, Rule
from promtrim.topology.load import load

EXPRESSIONS = (
    "redis_up == 0",
    "up > 5",
    "x >",
    "count(kube_node_info) < 3",
    "count(redis_up) > 1",
    'x{a="1"} > 5',
    "vector(1)",
)


def rules(count: int) -> list[Rule]:
    return [
        Rule(
            id=number,
            file="f.yml",
            line=number,
            column=1,
            group="g",
            alert=f"A{number}",
            record=None,
            expr=EXPRESSIONS[number % len(EXPRESSIONS)],
            labels={"severity": "critical"},
            annotations={},
            for_=0.0,
            keep_firing_for=0.0,
            interval=None,
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def judge() -> RuleJudge:
    metrics = Metrics(shipped(), load("single-node", shipped().presets))
    return RuleJudge(metrics, Words(shipped().words), {}, lambda rule, offset: Position(rule.line, offset))


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch):
    """Pretend that so many cores are there and that little work is worth a worker."""

    def set_to(count: int) -> None:
        monkeypatch.setattr(parallel, "_cores", lambda: count)
        monkeypatch.setattr(parallel, "WORTH_IT", 5)

    return set_to


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@needs_fork
@pytest.mark.parametrize("count", [10, 11, 37])
@pytest.mark.parametrize("cores", [2, 3])
def test_the_same_as_alone(judge: RuleJudge, workers, count: int, cores: int) -> None:
    given = rules(count)
    workers(cores)
    assert parallel.judge_all(given, judge.judge) == [judge.judge(rule) for rule in given]


@needs_fork
def test_the_work_is_shared(judge: RuleJudge, workers) -> None:
    here: list[int] = []

    def noted(rule: Rule) -> Opinion:
        here.append(rule.id)
        return judge.judge(rule)

    workers(2)
    assert len(parallel.judge_all(rules(20), noted)) == 20
    assert here == list(range(10))


@needs_fork
@pytest.mark.parametrize("end", ["killed", "raised"])
def test_a_worker_that_dies_costs_time_and_not_the_result(judge: RuleJudge, workers, end: str, capfd) -> None:
    home = os.getpid()

    def fatal(rule: Rule) -> Opinion:
        if os.getpid() != home and rule.id == 15:
            if end == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise RuntimeError("a bug in a worker")
        return judge.judge(rule)

    workers(2)
    given, before = rules(20), children()
    assert parallel.judge_all(given, fatal) == [judge.judge(rule) for rule in given]
    assert children() <= before, "nobody is left behind"


def children() -> set[str]:
    """The processes that this one has started and not waited for (other tests' servers among them)."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_little_work_starts_nobody(judge: RuleJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> tuple[int, int]:
        raise AssertionError("started a worker")

    monkeypatch.setattr(parallel, "_start", refuse)
    assert len(parallel.judge_all(rules(50), judge.judge)) == 50


def test_one_core_starts_nobody(judge: RuleJudge, workers, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> tuple[int, int]:
        raise AssertionError("started a worker")

    workers(1)
    monkeypatch.setattr(parallel, "_start", refuse)
    assert len(parallel.judge_all(rules(50), judge.judge)) == 50


def test_nothing_to_judge(judge: RuleJudge) -> None:
    assert parallel.judge_all([], judge.judge) == []
