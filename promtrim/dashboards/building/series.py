"""What is known of a query's series: the labels that tell them apart, their unit, the values they cannot have.

It asks the rulesets and the evaluator; how that is drawn is decided elsewhere. Nothing here depends on what is deployed:
a panel looks the same wherever its alert is kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from promtrim.dashboards.building.units import FactsOf, Quantity, quantity_of
from promtrim.evaluate.context import Record
from promtrim.evaluate.engine import Evaluator
from promtrim.judge.signals import metric_name
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.series import View
from promtrim.promql.tree import Aggregate, Binary, Call, Negation, Node, Paren, Range, Selector, String, Subquery

AUTO = "__auto"
"""Grafana then names the labels in which the series differ."""
ONE = "value"
"""What a query's only series is called."""
_MOST_LABELS = 4
_DEEPEST = 5
"""Recording rules of recording rules that are looked into."""
_NOISE = ("uid", "_id", "_error")
"""Ends of labels that tell series apart and a person nothing."""
_EVERYWHERE = View(topology=False, scraping=False)
_TARGET = ("job", "instance")


class Shown(msgspec.Struct, frozen=True):
    """Labels that the series of an expression have."""

    names: tuple[str, ...] = ()
    open: bool = False
    """There may be others."""


class Series:
    """Answers about the series of expressions.

    Args:
        metrics: the facts.
        records: recording rules by name.
    """

    def __init__(self, metrics: Metrics, records: Mapping[str, tuple[Record, ...]]) -> None:
        self._metrics = metrics
        self._records = records
        self._evaluator = Evaluator(metrics, _EVERYWHERE, records)

    def quantity(self, node: Node) -> Quantity:
        """What the expression's values are."""
        return quantity_of(node, self._facts(0))

    def _facts(self, depth: int) -> FactsOf:
        def facts(name: str) -> tuple[str | None, str] | Quantity | None:
            records = self._records.get(name, ())
            if records and depth < _DEEPEST:
                return quantity_of(records[0].expr, self._facts(depth + 1))
            for known in self._metrics.known(name):
                return known.metric.unit, known.part
            return None

        return facts

    def legend(self, node: Node) -> str:
        """The template of the series' names, with the labels that survive and differ."""
        shown = self._shown(node)
        labels = self._evaluator.evaluate(node).labels
        told = [
            name for name in dict.fromkeys(shown.names)
            if labels.get(name).fixed is None and name != "__name__" and not name.endswith(_NOISE)
        ]  # fmt: skip
        if told:
            return AUTO if shown.open else " ".join(f"{{{{{name}}}}}" for name in told[:_MOST_LABELS])
        return AUTO if shown.open else ONE

    def lowest(self, node: Node) -> float | None:
        """A value below which no sample can be; None: not known."""
        return _finite(self._evaluator.evaluate(node).possible.value.lo)

    def highest(self, node: Node) -> float | None:
        """A value above which no sample can be; None: not known."""
        return _finite(self._evaluator.evaluate(node).possible.value.hi)

    def carries(self, selector: Selector, label: str) -> bool:
        """Whether the series of a selector carry a label by which a reader may choose."""
        name = metric_name(selector)
        if not name or name in self._records or ":" in name:
            return False
        if any(each.name == label and each.value for each in selector.matchers):
            return True
        known = self._metrics.known(name)
        if label in _TARGET:
            # The one target that speaks for a whole cluster is no choice.
            return not any(self._metrics.head(each).target.per == "cluster" for each in known)
        return any(label in (each.metric.labels or ()) for each in known)

    def _shown(self, node: Node) -> Shown:
        if isinstance(node, Selector):
            return self._of_selector(node)
        if isinstance(node, Range):
            return self._of_selector(node.selector)
        if isinstance(node, (Paren, Negation, Subquery)):
            return self._shown(node.expr)
        if isinstance(node, Aggregate):
            return self._aggregated(node)
        if isinstance(node, Call):
            return self._called(node)
        if isinstance(node, Binary):
            return self._joined(node)
        return Shown()

    def _of_selector(self, node: Selector) -> Shown:
        name = metric_name(node)
        matched = tuple(each.name for each in node.matchers if each.op != "=")
        if name in self._records:
            shown = [self._shown(record.expr) for record in self._records[name] if not record.by_name]
            names = tuple(label for each in shown for label in each.names)
            return Shown((*matched, *names), not shown or any(each.open for each in shown))
        for known in self._metrics.known(name):
            if known.metric.identity is None:
                continue
            own = known.metric.identity
            per = self._metrics.head(known).target.per
            missing = tuple(label for label in ("instance",) if per != "cluster" and label not in own)
            return Shown((*missing, *own, *matched))
        return Shown((*matched, "instance"), True)

    def _aggregated(self, node: Aggregate) -> Shown:
        if node.op in ("topk", "bottomk", "limitk", "limit_ratio"):
            return self._shown(node.expr)
        if node.without is not None:
            inner = self._shown(node.expr)
            return Shown(tuple(name for name in inner.names if name not in node.without), inner.open)
        counted = (node.param.value,) if node.op == "count_values" and isinstance(node.param, String) else ()
        return Shown((*(node.by or ()), *counted))

    def _called(self, node: Call) -> Shown:
        name = node.function
        if name in ("vector", "scalar", "time", "absent", "absent_over_time") or not node.args:
            return Shown()
        inner = self._shown(node.args[-1] if name in ("histogram_quantile", "quantile_over_time") else node.args[0])
        if name == "histogram_quantile":
            return Shown(tuple(each for each in inner.names if each != "le"), inner.open)
        if name in ("label_replace", "label_join") and isinstance(node.args[1], String):
            return Shown((*inner.names, node.args[1].value), inner.open)
        return inner

    def _joined(self, node: Binary) -> Shown:
        left, right = self._shown(node.lhs), self._shown(node.rhs)
        if self._single(node.lhs):
            return right
        if self._single(node.rhs) or node.op in ("and", "unless"):
            return left
        if node.op == "or":
            return Shown((*left.names, *right.names), left.open or right.open)
        if node.group is not None:
            many = left if node.group == "left" else right
            return Shown((*many.names, *node.include), many.open)
        if node.on is not None:
            return Shown(node.on)
        ignored = node.ignoring or ()
        known = left if not left.open else right  # they agree on the labels: whichever is known
        return Shown(tuple(name for name in known.names if name not in ignored), known.open)

    def _single(self, node: Node) -> bool:
        return self._evaluator.evaluate(node).kind == "scalar"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


__all__ = ["AUTO", "ONE", "Series"]
