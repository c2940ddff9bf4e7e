"""Recorded series that are gone and still used: by rules, and by dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from promtrim.plan.model import Decided, Plan
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.walk import metric_names
from promtrim.review.findings import Finding, Place
from promtrim.review.model import Pair
from promtrim.review.present import Ends

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ALERTNAME = re.compile(r"""alertname\s*=\s*["'`]([^"'`]*)["'`]""")
_QUERIES = frozenset(("expr", "query", "definition"))


class Shown(msgspec.Struct, frozen=True):
    """What one dashboard asks for."""

    file: str
    names: frozenset[str]
    """Words of its queries: every metric's name is among them."""
    alerts: frozenset[str]
    """Names of alerts whose state it shows."""


def shown(text: str, file: str) -> Shown | None:
    """What a dashboard asks for; None for what is no JSON object."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    queries = " ".join(_queries(document))
    return Shown(file, frozenset(_NAME.findall(queries)), frozenset(_ALERTNAME.findall(queries)))


def _queries(document: Any) -> Iterator[str]:
    todo = [document]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            for key, value in each.items():
                if key in _QUERIES and isinstance(value, str):
                    yield value
                else:
                    todo.append(value)
        elif isinstance(each, list):
            todo += each


def record_findings(before: Plan, after: Plan, pairs: Sequence[Pair], dashboards: Iterable[Shown]) -> Iterator[Finding]:
    """Recording rules that somebody still uses, and dashboards that lose their data."""
    gone = _gone(before, after, pairs, "record")
    yield from _used(gone, after)
    lost_alerts = _gone(before, after, pairs, "alert")
    for board in dashboards:
        for name, new in gone.items():
            if name in board.names:
                yield _of_dashboard(board, name, f"the recorded series {name}, which nothing records any more", new)
        for name, new in lost_alerts.items():
            if name in board.alerts:
                yield _of_dashboard(board, name, f"the state of the alert {name}, which is gone", new)


def _gone(before: Plan, after: Plan, pairs: Sequence[Pair], kind: str) -> dict[str, str]:
    """Names that no rule has any more, each with its new name where it was renamed ("" else)."""

    def names(plan: Plan) -> set[str]:
        return {(each.judged.rule.record if kind == "record" else each.judged.rule.alert) or "" for each in plan.rules}

    renamed = {
        pair.before.judged.rule.name: pair.after.judged.rule.name
        for pair in pairs
        if pair.before and pair.after and pair.before.judged.rule.name != pair.after.judged.rule.name
    }
    return {name: renamed.get(name, "") for name in sorted(names(before) - names(after)) if name}


def _used(gone: Mapping[str, str], after: Plan) -> Iterator[Finding]:
    if not gone:
        return
    users: dict[str, list[Decided]] = {}
    for decided in after.rules:
        for name in gone.keys() & set(_reads(decided)):
            users.setdefault(name, []).append(decided)
    ends = Ends(after.documents)
    for name, rules in sorted(users.items()):
        names = list(dict.fromkeys(each.judged.rule.name for each in rules))
        listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        verb = "uses" if len(names) == 1 else "use"
        message = f"nothing records {name} any more, and {listed} still {verb} it"
        place = ends.of(rules[0].judged.rule)
        yield Finding("record-lost", "error", place, names[0], message, _advice(gone[name]), "", name)


def _of_dashboard(board: Shown, name: str, what: str, new: str) -> Finding:
    about = f"{board.file}\n{name}"
    return Finding("dashboard-lost", "warning", Place(board.file), "", f"it shows {what}", _advice(new), "", about)


def _advice(new: str) -> str:
    return f"it is called {new} now" if new else "keep it, or change what uses it"


def _reads(decided: Decided) -> tuple[str, ...]:
    try:
        return tuple(metric_names(parse(decided.judged.rule.expr)))
    except (ExpressionError, RecursionError):
        return ()
