"""Which receivers get other alerts than before. How alerts are routed is for :mod:`promtrim.alertmanager.routing`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from promtrim.plan.model import Plan
from promtrim.review.findings import Finding
from promtrim.review.model import Pair, RouteChange
from promtrim.review.present import Ends
from promtrim.stack.alertmanager_config import AlertmanagerConfig

Receivers = Mapping[int, tuple[str, ...]]
"""Rule id to the receivers that its alerts may reach; those that tell nobody are left out."""


def receivers(plan: Plan, configs: Sequence[AlertmanagerConfig]) -> Receivers:
    """Where each alert may go, as far as its labels are known; empty where no configuration is known."""
    from promtrim.alertmanager.labels import labels_of
    from promtrim.alertmanager.routing import routes_of

    found: dict[int, tuple[str, ...]] = {}
    known = [config for config in configs if config.route is not None]
    for decided in plan.rules if known else ():
        rule = decided.judged.rule
        if rule.alert is None:
            continue
        labels = labels_of(rule, {})
        names = (
            each.route.receiver
            for config in known
            if config.route is not None
            for each in routes_of(config.route, labels)
            if each.route.receiver in config.receivers and config.receivers[each.route.receiver].integrations
        )
        found[rule.id] = tuple(dict.fromkeys(names))
    return found


def route_changes(pairs: Sequence[Pair], before: Receivers, after: Receivers) -> tuple[RouteChange, ...]:
    """Each receiver that gains or loses alerts, those of added and removed rules included."""
    gains: dict[str, dict[str, None]] = {}
    loses: dict[str, dict[str, None]] = {}
    for pair in pairs:
        old = before.get(pair.before.judged.rule.id, ()) if pair.before else ()
        new = after.get(pair.after.judged.rule.id, ()) if pair.after else ()
        for name in new:
            if name not in old and pair.after:
                gains.setdefault(name, {})[pair.after.judged.rule.name] = None
        for name in old:
            if name not in new and pair.before:
                loses.setdefault(name, {})[pair.before.judged.rule.name] = None
    return tuple(
        RouteChange(name, tuple(gains.get(name, ())), tuple(loses.get(name, ())))
        for name in dict.fromkeys((*gains, *loses))
    )


def route_findings(pairs: Iterable[Pair], before: Receivers, after: Receivers, plan: Plan) -> Iterator[Finding]:
    """Alerts that reached somebody and reach nobody any more."""
    ends = Ends(plan.documents)
    for pair in pairs:
        if not pair.before or not pair.after:
            continue
        rule = pair.after.judged.rule
        old = before.get(pair.before.judged.rule.id, ())
        if old and rule.id in after and not after[rule.id]:
            message = f"it went to {', '.join(old)}; now no route takes it to a receiver that tells anybody"
            advice = "give it a label that a route asks for, or a receiver to the route that takes it"
            yield Finding("route-lost", "error", ends.of(rule), rule.name, message, advice, "", rule.name)
