"""A selector of several values of a label that has only so many: what holds of it is what holds of each value's series."""

from __future__ import annotations

from msgspec import structs

from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.result import Result
from promtrim.promql.tree import Matcher, Selector
from promtrim.promql.walk import strip_parens

MOST = 6
"""So many values are looked at one by one."""


def choices(evaluator: Evaluating, result: Result) -> tuple[Selector, ...]:
    """The selectors of one value each that together select what this one does; none where there is nothing to choose."""
    node = strip_parens(result.node)
    if not isinstance(node, Selector) or node.alternatives or not result.metric:
        return ()
    asked = {matcher.name for matcher in node.matchers}
    exporters = evaluator.metrics.known(result.metric)
    for known in exporters if len(exporters) == 1 else ():
        for label in known.metric.values:
            values = result.labels.get(label).allowed
            if label not in asked or label not in (known.metric.identity or ()) or values is None:
                continue
            if 1 < len(values - {""}) <= MOST:
                others = tuple(matcher for matcher in node.matchers if matcher.name != label)
                return tuple(
                    structs.replace(node, matchers=(*others, Matcher(label, "=", value))) for value in sorted(values)
                )
    return ()
