"""The evaluator: walks an expression once and gives its abstract value in one view of the facts.

What PromQL's constructs mean stands in the modules beside this one; here is only who is called for what, what all of them
share (the facts, the recording rules, what was consulted), and selectors' way to their facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from promtrim.durations import seconds
from promtrim.evaluate import aggregations, functions, operators, selectors
from promtrim.evaluate.context import Consulted, Record, Scraping
from promtrim.evaluate.interval import constant
from promtrim.evaluate.result import Result, anything, scalar
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.series import View
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)  # fmt: skip


class Evaluator:
    """Evaluates expressions abstractly in one view of the facts of one topology.

    Args:
        metrics: the facts.
        view: which of them count.
        records: recording rules by name; every rule of a name, since their series stand side by side.
    """

    def __init__(self, metrics: Metrics, view: View, records: Mapping[str, tuple[Record, ...]]) -> None:
        self.metrics = metrics
        self.view = view
        self.records = records
        self.consulted = Consulted()
        self.expanding: list[str] = []
        self.scraping = Scraping.of(metrics.topology)
        self.evaluation_interval = seconds(metrics.topology.prometheus.evaluation_interval) or 60.0
        self.window = 0.0
        """Seconds that the subqueries around the expression at hand look back."""
        self.fleeting = 0

    def evaluate(self, node: Node) -> Result:
        """The abstract value of an expression. Never raises: what is not understood is anything."""
        return _HANDLERS[type(node)](self, node)


def _number(evaluator: Evaluator, node: Number) -> Result:
    return scalar(node, constant(node.value))


def _string(evaluator: Evaluator, node: String) -> Result:
    return msgspec.structs.replace(anything(node), kind="string", error=False)


def _paren(evaluator: Evaluator, node: Paren) -> Result:
    inner = evaluator.evaluate(node.expr)
    return Result(
        node, inner.possible, inner.healthy, inner.labels, inner.kind, inner.error, inner.note, (inner,),
        inner.single, inner.bounds, inner.metric, inner.told, inner.alone,
    )  # fmt: skip


_HANDLERS: dict[type, Callable[[Evaluator, Any], Result]] = {
    Selector: selectors.instant,
    Range: selectors.over_range,
    Subquery: selectors.subquery,
    Number: _number,
    String: _string,
    Paren: _paren,
    Negation: operators.negation,
    Binary: operators.binary,
    Aggregate: aggregations.aggregate,
    Call: functions.call,
}
