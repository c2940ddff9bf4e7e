"""What dashboards ask for that the rules which a plan keeps do not deliver.

A name that a recording rule gives and no kept one does; a name in the form of recorded series (with a colon) that no rule
gives; ``ALERTS`` of an alert that is dropped. Series that exporters deliver are not this module's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from promtrim.dashboards.existing.classic import items, text
from promtrim.dashboards.existing.files import Dashboard, DashboardFile
from promtrim.dashboards.existing.jsontext import Path
from promtrim.dashboards.existing.queries import read_names, tree_of
from promtrim.evaluate.labels import accepts, meet, of_matcher
from promtrim.knowledge.facts import Metrics
from promtrim.plan.model import Decided, Plan
from promtrim.promql.parse import ExpressionError
from promtrim.promql.tree import Matcher

Why = Literal["dropped", "not-loaded", "undefined"]

ALERTS = frozenset(("ALERTS", "ALERTS_FOR_STATE"))
"""Series that Prometheus writes for alerts."""

_LABEL_VALUES = re.compile(r"\s*label_values\((.*),\s*[\w$\[\]{}:]+\s*\)\s*", re.DOTALL | re.ASCII)
_QUERY_RESULT = re.compile(r"\s*query_result\((.*)\)\s*", re.DOTALL)


class Undelivered(msgspec.Struct, frozen=True):
    """One query that uses series which nothing delivers."""

    file: str
    key: str
    """What holds the dashboard in a ConfigMap or values, else ""."""
    dashboard: str
    """Its title."""
    what: Literal["panel", "variable", "annotation"]
    title: str
    expr: str
    name: str
    """The series."""
    why: Why
    text: str
    """One sentence."""
    line: int
    column: int


class _Asked(msgspec.Struct, frozen=True):
    """A query somewhere in a dashboard."""

    what: Literal["panel", "variable", "annotation"]
    title: str
    expr: str
    path: Path


def undelivered(files: Sequence[DashboardFile], plan: Plan, metrics: Metrics) -> tuple[Undelivered, ...]:
    """Look through all queries of all dashboards, in their order.

    Args:
        metrics: what is known of metrics: some exporters' names have colons too.
    """
    rules = _Rules(plan, metrics)
    found = []
    for file in files:
        for dashboard in file.dashboards:
            for asked in _asked(dashboard):
                for name, why, words in rules.missing(asked.expr):
                    place = dashboard.position(asked.path)
                    title = text(dashboard.value.get("title"))
                    found.append(
                        Undelivered(file.source.file, dashboard.name, title, asked.what, asked.title, asked.expr, name, why,
                                    words, place.line, place.column)
                    )  # fmt: skip
    return tuple(found)


class _Rules:
    """What the rules of a plan deliver."""

    def __init__(self, plan: Plan, metrics: Metrics) -> None:
        self._metrics = metrics
        self._records: dict[str, list[Decided]] = {}
        self._alerts: dict[str, list[Decided]] = {}
        self._known: dict[str, tuple[tuple[str, Why, str], ...]] = {}
        for decided in plan.rules:
            rule = decided.judged.rule
            holder = self._records if rule.record else self._alerts
            holder.setdefault(rule.record or rule.alert or "", []).append(decided)

    def missing(self, expr: str) -> tuple[tuple[str, Why, str], ...]:
        """The series in an expression that are not delivered, each once; none where it cannot be read."""
        found = self._known.get(expr)
        if found is None:
            try:
                pairs = list(read_names(tree_of(expr)))
            except (ExpressionError, RecursionError):
                pairs = []
            said = [each for name, matchers in pairs if (each := self._of(name, matchers)) is not None]
            found = self._known[expr] = tuple(dict.fromkeys(said))
        return found

    def _of(self, name: str, matchers: Sequence[Matcher]) -> tuple[str, Why, str] | None:
        if name in ALERTS:
            return self._of_alert(name, matchers)
        rules = self._records.get(name)
        if rules is not None:
            return _told(name, rules, "recording rule")
        if ":" not in name or self._metrics.known(name):
            return None
        if name in self._metrics.index.records:
            return name, "undefined", "none of these rules records it; a well-known set of rules does, load that"
        return name, "undefined", "none of these rules records it, and by its name one should"

    def _of_alert(self, series: str, matchers: Sequence[Matcher]) -> tuple[str, Why, str] | None:
        wanted = None
        for matcher in matchers:
            if matcher.name == "alertname":
                values = of_matcher(matcher)
                wanted = values if wanted is None else meet(wanted, values)
                if wanted is None:
                    return None
        if wanted is None or not self._alerts:
            return None
        asked = {name: rules for name, rules in self._alerts.items() if accepts(wanted, name)}
        if not asked:
            if wanted.fixed is None:
                return None
            return f"{series} of {wanted.fixed}", "undefined", "none of these rules is an alert of this name"
        told = [_told(f"{series} of {name}", rules, "alert") for name, rules in asked.items()]
        return told[0] if all(told) else None


def _told(name: str, rules: Sequence[Decided], kind: str) -> tuple[str, Why, str] | None:
    """Why no rule of a name delivers anything; None where one does."""
    unloaded = [each for each in rules if each.judged.cause == "not-loaded" or not each.judged.rule.loaded]
    if any(each.keep and each not in unloaded for each in rules):
        return None
    if unloaded:
        return name, "not-loaded", f"nothing loads the {kind} in {unloaded[0].judged.rule.file}"
    return name, "dropped", f"the {kind} is dropped: {rules[0].reason.text}"


def _asked(dashboard: Dashboard) -> Iterator[_Asked]:
    view = dashboard.view()
    for panel in view.panels:
        for target in panel.targets:
            if target.language in ("promql", "perhaps"):
                yield _Asked("panel", panel.title, target.text, target.path)
    for variable in view.variables:
        value: Any = dashboard.json.value
        for step in variable.path:
            value = value[step]
        for expr in _of_variable(value):
            yield _Asked("variable", variable.name, expr, variable.path)
    annotations = dashboard.value.get("annotations")
    if isinstance(annotations, dict):
        for path, annotation in items(annotations, (*dashboard.base, "annotations"), "list"):
            if expr := text(annotation.get("expr")):
                yield _Asked("annotation", text(annotation.get("name")), expr, path)


def _of_variable(variable: dict[str, Any]) -> Iterator[str]:
    """The expressions in a variable's query; of both schema versions."""
    spec = variable.get("spec")
    query = (spec if isinstance(spec, dict) else variable).get("query")
    if isinstance(query, dict):
        inner = query.get("spec")
        query = (inner if isinstance(inner, dict) else query).get("query")
    for pattern in (_LABEL_VALUES, _QUERY_RESULT):
        if match := pattern.fullmatch(text(query)):
            yield match[1]
