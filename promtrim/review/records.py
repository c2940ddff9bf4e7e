"""Recorded series that are gone and still used: by rules, and by dashboards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from promtrim.plan.model import Decided, Plan
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.walk import metric_names
from promtrim.review.findings import Finding, Place
from promtrim.review.model import Pair
from promtrim.review.present import Ends

if TYPE_CHECKING:
    from promtrim.dashboards.existing.check import Undelivered
    from promtrim.dashboards.existing.files import DashboardFile
    from promtrim.knowledge.facts import Metrics

ADVICE = "keep it, or change what uses it"


def record_findings(before: Plan, after: Plan, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Recording rules that are gone, and that rules which stay still use."""
    gone = _gone(before, after, pairs)
    if not gone:
        return
    users: dict[str, list[Decided]] = {}
    for decided in after.rules:
        for name in gone.keys() & set(_reads(decided)):
            users.setdefault(name, []).append(decided)
    ends = Ends(after.documents)
    for name, rules in sorted(users.items()):
        names = list(dict.fromkeys(each.judged.rule.name for each in rules))
        verb = "uses" if len(names) == 1 else "use"
        message = f"nothing records {name} any more, and {_listed(names)} still {verb} it"
        advice = f"it is called {gone[name]} now" if gone[name] else ADVICE
        yield Finding("record-lost", "error", ends.of(rules[0].judged.rule), names[0], message, advice, "", name)


def dashboard_findings(
    dashboards: Sequence[DashboardFile], before: tuple[Plan, Metrics], after: tuple[Plan, Metrics], pairs: Sequence[Pair]
) -> Iterator[Finding]:
    """What dashboards show that the rules delivered before and do not deliver any more, once for each dashboard.

    Args:
        dashboards: those of the new side.
        before: the old side's plan, and what is known of metrics there.
    """
    from promtrim.dashboards.existing.check import undelivered

    def missing(plan: Plan, metrics: Metrics) -> dict[tuple[str, str, str, str], list[Undelivered]]:
        every = tuple(msgspec.structs.replace(each, keep=True) for each in plan.rules)
        found: dict[tuple[str, str, str, str], list[Undelivered]] = {}
        for each in undelivered(dashboards, msgspec.structs.replace(plan, rules=every), metrics):
            found.setdefault((each.file, each.key, each.dashboard, each.name), []).append(each)
        return found

    old, new = missing(*before), missing(*after)
    renamed = _gone(before[0], after[0], pairs)
    for key, queries in new.items():
        if key in old:
            continue
        file, _, dashboard, name = key
        first = queries[0]
        where = _listed(list(dict.fromkeys(f"{each.what} {each.title}".strip() for each in queries)))
        why = "the rules deliver it no longer" if first.why == "undefined" else first.text
        message = f"the dashboard {dashboard} shows {name} ({where}): {why}"
        advice = f"it is called {renamed[name]} now" if renamed.get(name) else ADVICE
        place = Place(file, first.line, first.column)
        yield Finding("dashboard-lost", "warning", place, "", message, advice, "", f"{file}\n{dashboard}\n{name}")


def _listed(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _gone(before: Plan, after: Plan, pairs: Sequence[Pair]) -> dict[str, str]:
    """Recorded series that no rule gives any more, each with its new name where it was renamed ("" else)."""
    old, new = ({each.judged.rule.record or "" for each in plan.rules} for plan in (before, after))
    renamed = {
        pair.before.judged.rule.name: pair.after.judged.rule.name
        for pair in pairs
        if pair.before and pair.after and pair.before.judged.rule.name != pair.after.judged.rule.name
    }
    return {name: renamed.get(name, "") for name in sorted(old - new) if name}


def _reads(decided: Decided) -> tuple[str, ...]:
    try:
        return tuple(metric_names(parse(decided.judged.rule.expr)))
    except (ExpressionError, RecursionError):
        return ()
