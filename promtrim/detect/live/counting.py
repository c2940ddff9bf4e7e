"""Counts that rulesets know a query for: nodes, replicas, members. Which queries those are is said by ``live:`` there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from promtrim.detect.draft import hull
from promtrim.detect.live.asking import Asking
from promtrim.detect.live.model import Counted
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.walk import metric_names

if TYPE_CHECKING:
    from promtrim.knowledge.model import Index, LiveQuery

MAX_QUERIES = 30
MOST = 1e6
"""The largest number that can be a count of something."""

_LABEL = re.compile(r"\{(\w+)\}")


def count(asking: Asking, names: frozenset[str] | None, index: Index) -> Iterator[Counted]:
    """Ask what the rulesets know a query for, as far as series for it are there."""
    wanted = [each for head in index.heads.values() for each in head.live if _answerable(each.query, names)]
    for each in wanted[:MAX_QUERIES]:
        rows = asking.query(each.query, f"what {each.query} counts")
        if rows:
            yield from _counted(each, rows, f"{asking.url} ({each.query})")


def _answerable(query: str, names: frozenset[str] | None) -> bool:
    """Whether the first metric that a query names is among the names of the server's series."""
    try:
        first = next(metric_names(parse(query)), None)
    except ExpressionError:
        return False
    return names is not None and first in names


def _counted(each: LiveQuery, rows: list[tuple[dict[str, str], float]], source: str) -> Iterator[Counted]:
    """The values of a query's result; where two results have one path, what allows both."""
    spaces: dict[str, set[str]] = {}
    for labels, _ in rows:
        spaces.setdefault(labels.get(each.name or "", ""), set()).add(labels.get("namespace", ""))
    values: dict[tuple[str, ...], int | str | bool] = {}
    for labels, number in rows:
        name = labels.get(each.name or "", "")
        if each.name is not None and not name:
            continue
        if len(spaces.get(name, ())) > 1 and labels.get("namespace"):
            name = f"{labels['namespace']}/{name}"  # as manifests' workloads are named
        path = tuple(_filled(step, name) for step in each.sets.split("."))
        value: int | str | bool
        if each.value is not None:
            value = each.value if isinstance(each.value, (bool, str)) else int(each.value)
        elif not 0 <= number <= MOST or number != int(number):  # NaN is in no range
            continue
        else:
            value = f"{int(number)}.." if each.least else int(number)
        before = values.get(path)
        if before is not None and before != value and not isinstance(value, bool) and not isinstance(before, bool):
            value = hull(before, value)
        values[path] = value
        for key, text in each.also.items():
            values[(*path[:-1], key)] = _LABEL.sub(lambda match: labels.get(match[1], ""), text)  # noqa: B023
    for path, value in values.items():
        if value != "":
            yield Counted(path, value, source)


def _filled(step: str, name: str) -> str:
    return name if step == "*" else step
