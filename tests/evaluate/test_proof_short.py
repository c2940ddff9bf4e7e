"""A short, seeded run of the proof (``make prove`` is the long one): no world contradicts the evaluator, and worlds can."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.prove import battery, random_expressions
from tests.prove.mutants import MUTANTS, Watched, refuted, survivors, watch
from tests.prove.promtool import promtools
from tests.prove.prove import Prover, told
from tests.prove.sources import cases_of

TELLING = (
    "x / x is exactly 1", "comparisons forget NaN", "or is and", "unless takes nothing away", "identity survives restarts",
    "scalar is never NaN", "absent the wrong way round", ">= is >",
)  # fmt: skip
"""Mutants that the short run tries."""


@pytest.fixture(scope="module")
def tools() -> dict[str, str]:
    found = promtools()
    if not found:
        pytest.skip("promtool is not installed")
    return found


def _prover(tools: dict[str, str], worlds: int, few: int) -> Prover:
    return Prover(worlds, 1, tools, lambda text: None, few)


def test_fixtures(tools: dict[str, str], fixtures: Path) -> None:
    summary = _prover(tools, 12, 2).prove(cases_of(fixtures / "alert_rules.yml"))
    assert summary.alerts == 27
    assert [told(each) for each in summary.contradictions] == []
    assert summary.trouble == []


def test_random_expressions(tools: dict[str, str]) -> None:
    summary = _prover(tools, 12, 4).prove(random_expressions.cases(30, 1))
    assert [told(each) for each in summary.contradictions] == []
    assert summary.trouble == []
    assert summary.verdicts > 3


def test_worlds_make_alerts_fire(tools: dict[str, str]) -> None:
    """The same worlds in which nothing contradicts a verdict make alerts fire that can."""
    live = [case for case in battery.cases() if case.expr in ("up == 0", "some_gauge >= 3", "rate(some_total[5m]) > 1",
                                                              "absent(redis_up)", "absent(some_gauge)")]  # fmt: skip
    summary = _prover(tools, 24, 0).prove(replace(case, live=True) for case in live)
    assert summary.live == 5
    assert summary.silent == []


@pytest.fixture(scope="module")
def watched(tools: dict[str, str]) -> list[Watched]:
    version, path = next(iter(tools.items()))
    return watch(islice(battery.cases(), 0, 45), 1, {version: path}, 24)


def test_mutants_are_caught(watched: list[Watched]) -> None:
    mutants = [mutant for mutant in MUTANTS if mutant.name in TELLING]
    assert len(mutants) == len(TELLING)
    assert survivors(watched, mutants) == {}


def test_the_sound_evaluator_passes_for_no_mutant(watched: list[Watched]) -> None:
    """What is called a mutant's death must not be the evaluator's own fault."""
    assert refuted(watched) == {}
