"""From a plan to a dashboard's content: components, their tiles and panels, the choices a reader has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from promtrim.dashboards.building.model import Board, Section, Variable
from promtrim.dashboards.building.panels import CHOICES, Shown, panels_of
from promtrim.dashboards.building.series import Series
from promtrim.dashboards.building.tiles import Watch, firing, tile, unwatched
from promtrim.evaluate.context import Record
from promtrim.evaluate.engine import Evaluator
from promtrim.judge.signals import metric_name
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.series import View
from promtrim.plaintext import one_line
from promtrim.plan.coverage import works
from promtrim.plan.model import Decided, Plan
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Matcher, Node, Selector
from promtrim.promql.unparse import unparse
from promtrim.topology.model import Datastore, Workload

_MONITORING = "monitoring"
_MOST_NAMES = 40
"""Metric names in the query of a variable; beyond, the label's values of all series are offered."""
_LONGEST_UID = 40
_MOST_NAMED = 4
_MOST_BLIND = 8
"""Components in a heading."""


def board_of(
    plan: Plan,
    metrics: Metrics,
    records: Mapping[str, tuple[Record, ...]],
    title: str | None = None,
    uid: str | None = None,
) -> Board:
    """The dashboard for what a plan keeps.

    Args:
        records: recording rules by name.
        title: None names the topology.
        uid: None makes one from the title, so that a dashboard of the same name takes the place of the last one.
    """
    series = Series(metrics, records)
    evaluator = Evaluator(metrics, View(topology=False, scraping=False), records)

    def is_scalar(node: Node) -> bool:
        return evaluator.evaluate(node).kind == "scalar"

    logs = {rule.id for document in plan.documents if document.container == "logql" for rule in document.rules}
    kept = [each for each in plan.rules if each.keep and each.judged.rule.alert and each.judged.rule.id not in logs]
    watches = [_watch(decided) for decided in kept]
    shown: list[Shown] = []
    sections = []
    for components, own in _by_components(watches).items():
        panels = panels_of(own, series)
        shown += panels
        sections.append(Section(_heading(components, panels), tuple(each.panel for each in panels)))
    watched = _components(watches)
    tiles = [tile(each, [watch for watch in watches if each in watch.judged.components], is_scalar) for each in watched]
    deployed: dict[str, Workload | Datastore] = {**plan.topology.workloads, **plan.topology.datastores}
    tiles += [
        unwatched(name, _dropped(plan, name), what.jobs, is_scalar)
        for name, what in deployed.items() if name not in watched
    ]  # fmt: skip
    where = plan.topology.name or plan.topology.preset
    name = title or (f"{one_line(where)} alerts" if where else "Alerts")
    return Board(
        title=name,
        uid=uid or uid_for(name),
        description=_description(plan, len(watches)),
        tags=("promtrim", plan.level),
        firing=firing(watches),
        tiles=tuple(tiles),
        sections=tuple(sections),
        variables=_variables(shown),
    )


def uid_for(title: str) -> str:
    """An identifier of at most 40 letters, digits and dashes; titles that read alike still get different ones."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    digest = hashlib.sha256(title.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[: _LONGEST_UID - 9].rstrip('-') or 'dashboard'}-{digest}"


def _watch(decided: Decided) -> Watch:
    try:
        return Watch(decided.judged, parse(decided.judged.rule.expr))
    except ExpressionError:
        return Watch(decided.judged, None)


def _dropped(plan: Plan, component: str) -> list[Watch]:
    """Alerts of one component alone that tell whether it is down, work here, and are not kept."""
    found = (each for each in plan.rules if not each.keep and works(each) and each.judged.failure_mode == "down")
    watches = (_watch(each) for each in found if each.judged.components == (component,))
    return [watch for watch in watches if watch.node is not None and not watch.judged.constant]


def _components(watches: Sequence[Watch]) -> list[str]:
    """All that is watched, in the order of the rules; the monitoring itself last."""
    found = dict.fromkeys(component for watch in watches for component in watch.judged.components)
    return sorted(found, key=lambda component: component == _MONITORING)


def _by_components(watches: Sequence[Watch]) -> dict[tuple[str, ...], list[Watch]]:
    """The alerts by what they watch: those of one component alone before those that watch several at once."""
    order = {component: number for number, component in enumerate(_components(watches))}
    found: dict[tuple[str, ...], list[Watch]] = {}
    for watch in watches:
        found.setdefault(watch.judged.components, []).append(watch)
    return dict(sorted(found.items(), key=lambda item: (order[item[0][0]], len(item[0]))))


def _heading(components: tuple[str, ...], panels: Sequence[Shown]) -> str:
    names = ", ".join(map(one_line, components[:_MOST_NAMED]))
    rest = len(components) - _MOST_NAMED
    modes = ", ".join(dict.fromkeys(each.mode for each in panels))
    return f"{names}{f' and {rest} more' if rest > 0 else ''}: {modes}"


def _description(plan: Plan, alerts: int) -> str:
    """What the dashboard shows, and what nobody would be told of."""
    count = "1 alert" if alerts == 1 else f"{alerts} alerts"
    text = f"{count}, kept at level {plan.level}."
    blind = list(dict.fromkeys(f"{one_line(spot.component)} ({spot.failure_mode})" for spot in plan.blind_spots))
    if blind:
        rest = len(blind) - _MOST_BLIND
        text += f" Blind spots: {', '.join(blind[:_MOST_BLIND])}{f' and {rest} more' if rest > 0 else ''}."
    return f"{text} Built by promtrim: build it anew when the rules change."


def _variables(shown: Sequence[Shown]) -> tuple[Variable, ...]:
    """A choice for each label that some query follows; each offers only what the choices before it leave."""
    found: list[Variable] = []
    for label in CHOICES:
        carrying = [selector for each in shown for selector in each.narrowed.get(label, ())]
        if carrying:
            earlier = [each.name for each in found if all(_follows(s, each.name, shown) for s in carrying)]
            before = tuple(Matcher(name, "=~", f"${name}") for name in earlier)
            found.append(Variable(label, _offered(carrying, label, before)))
    return tuple(found)


def _follows(selector: Selector, label: str, shown: Sequence[Shown]) -> bool:
    return any(selector in each.narrowed.get(label, ()) for each in shown)


def _offered(carrying: Sequence[Selector], label: str, before: tuple[Matcher, ...]) -> str:
    """Grafana's query for the values of a label that are offered."""
    shared = [m for m in carrying[0].matchers if m.name == label and all(m in each.matchers for each in carrying)]
    names = list(dict.fromkeys(metric_name(each) for each in carrying))
    if len(names) > _MOST_NAMES or any(re.search(r"[^\w:]", name) for name in names):
        return f"label_values({label})"
    named = Selector(names[0], (*shared, *before))
    if len(names) > 1:
        named = Selector(None, (Matcher("__name__", "=~", "|".join(names)), *shared, *before))
    return f"label_values({unparse(named)}, {label})"


__all__ = ["board_of", "uid_for"]
