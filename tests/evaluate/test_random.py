"""Random expressions: whatever is asked, there is an answer, and a verdict that takes an alert away has a reason."""

from __future__ import annotations

import random

import pytest

from promtrim.evaluate.context import Records
from promtrim.evaluate.verdict import Judge
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import ExpressionError, parse
from promtrim.topology.load import load
from tests.prove.random_expressions import JOBS, TOPOLOGIES, Writer


@pytest.mark.parametrize("name", dict.fromkeys(TOPOLOGIES))
def test_every_expression_has_a_verdict_and_a_reason(name: str) -> None:
    topology = JOBS if name == "jobs" else load(name, shipped().presets)
    judge = Judge(Metrics(shipped(), topology), Records({}, shipped().records))
    rng = random.Random(name)
    seen = dict.fromkeys(("can-fire", "cannot-fire", "always-fires"), 0)
    while sum(seen.values()) < 400:
        expr = Writer(rng).alert()
        try:
            node = parse(expr)
        except ExpressionError:
            continue
        found = judge.judge(node, rng.choice((0.0, 600.0)))
        seen[found.verdict] += 1
        assert found.verdict == "can-fire" or found.because, expr
    assert min(seen.values()) >= 5
