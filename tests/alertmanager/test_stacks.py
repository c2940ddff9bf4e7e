"""Whole stacks of others: each configuration that Alertmanager takes is trimmed, and delivers as before."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from promtrim import api
from promtrim.alertmanager.document import read_held
from promtrim.errors import InputError

SUPPOSED = ("component", "team", "service", "category")
"""Labels of which a person might say that no series carries them: more is cut then."""


def test_the_stack_that_this_was_asked_for(shared: Path) -> None:
    stack = shared / "checkin"
    plan = api.make_plan([str(stack / "alert_rules.yml")], sources=str(stack), evidence=False)
    sender = [str(stack / "prometheus.yml")]
    path = str(stack / "alertmanager.yml")
    careful = api.trim_alertmanager(plan, path, prometheus_config=sender)
    assert not careful.trimmed.changed
    assert [label for label, _ in careful.wide] == ["component"]
    account = api.trim_alertmanager(plan, path, prometheus_config=sender, only_sender=True, absent=["component"])
    assert {kind: (before, after) for kind, before, after in account.counts} == {
        "route": (7, 3), "receiver": (8, 4), "inhibition": (4, 0), "time-interval": (0, 0), "template": (1, 1),
    }  # fmt: skip
    assert account.proof.refused_before == ""
    assert len([each for each in account.problems if each.code == "only-chat"]) == 3


def test_stacks_as_found(shared: Path) -> None:
    trimmed = 0
    plan_of = lru_cache(lambda stack: api.make_plan([str(stack)], evidence=False))
    for path in sorted((shared / "wild").glob("**/*lertmanager*.y*ml")):
        try:
            held = read_held(str(path))
        except InputError:
            continue
        if any(problem.code == "alertmanager-cannot-start" for problem in held.config.problems):
            continue
        stack = shared / "wild" / path.relative_to(shared / "wild").parts[0]
        account = api.trim_alertmanager(plan_of(stack), str(path), only_sender=True, absent=SUPPOSED)
        trimmed += 1
        lines = iter(account.trimmed.before.text.splitlines())
        kept = [line for line in account.trimmed.text.splitlines() if not line.rstrip().endswith("[]")]
        assert all(any(line == old for old in lines) for line in kept), path
    if not trimmed:
        pytest.skip("no configurations in the test data")
    assert trimmed >= 15
