"""What is known of the labels that an alert's series have when they arrive: from the evaluator, and from a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from promtrim.evaluate.context import Record
from promtrim.evaluate.engine import Evaluator
from promtrim.evaluate.labels import EMPTY, OPEN, Labels
from promtrim.evaluate.verdict import ALL
from promtrim.knowledge.facts import Metrics
from promtrim.promql.parse import ExpressionError, parse
from promtrim.rulefile.model import Rule


def series_labels(
    rules: Iterable[Rule], metrics: Metrics, records: Mapping[str, tuple[Record, ...]], absent: Collection[str] = ()
) -> dict[int, Labels]:
    """The labels of the series that each alert's expression returns, by the rule's id.

    Args:
        records: recording rules by name.
        absent: labels of which a person says that no series has them; what an expression says counts more.
    """
    evaluator = Evaluator(metrics, ALL, records)
    nothing = dict.fromkeys(absent, EMPTY)
    found: dict[int, Labels] = {}
    for rule in rules:
        labels = OPEN
        try:
            result = evaluator.evaluate(parse(rule.expr))
            # An expression that returns nothing here has no labels to tell of.
            labels = OPEN if result.never else result.labels
        except (ExpressionError, RecursionError):
            pass
        found[rule.id] = Labels({**nothing, **labels.known}, labels.open)
    return found
