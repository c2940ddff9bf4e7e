"""What the way says of verdicts and blind spots: rules that nothing loads, alerts that nobody hears, nobody outside.

Decisions stay as they would be were the rules loaded: a file that is not mounted wants a mount, not a shorter text.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from promtrim.judge.model import Evidence
from promtrim.path.chain import Chain
from promtrim.path.delivery import Delivery
from promtrim.path.ground import Ground
from promtrim.path.loaded import Loading
from promtrim.path.model import Said
from promtrim.plan.coverage import is_blind, works
from promtrim.plan.model import BlindSpot, Decided, Reason
from promtrim.rulefile.model import Document
from promtrim.topology.model import Topology

MACHINE = frozenset({"monitoring", "prometheus", "node"})
"""Components whose check from outside tells when the machine of Prometheus is gone."""


def with_loading(decided: Sequence[Decided], documents: Sequence[Document], loading: Loading) -> tuple[Decided, ...]:
    """The verdict ``not-loaded`` for rules that Prometheus certainly does not load."""
    document_of = {rule.id: document for document in documents for rule in document.rules}
    return tuple(_with_loading(each, loading.of(document_of[each.judged.rule.id], each.judged.rule)) for each in decided)


def _with_loading(each: Decided, answer: Said) -> Decided:
    judged = each.judged
    if answer.mark != "broken" or judged.verdict == "cannot-fire":
        return each
    text = f"nothing loads this rule: {answer.text}{_at(answer)}"
    evidence = (Evidence(judged.rule.expr, judged.rule.line, judged.rule.column, "never evaluated", text),)
    judged = msgspec.structs.replace(judged, verdict="cannot-fire", cause="not-loaded", because=text, evidence=evidence)
    reason = each.reason
    if each.keep and reason.code == "kept":
        reason = Reason("kept", f"{reason.text}, once Prometheus loads it")
    return Decided(judged, each.keep, reason)


def with_places(spots: Sequence[BlindSpot], decided: Sequence[Decided], chain: Chain) -> tuple[BlindSpot, ...]:
    """Blind spots that say in which file and line the way breaks."""
    dead = {each.judged.rule.name: each.judged for each in decided if is_blind(each)}
    found = []
    for spot in spots:
        judged = next((dead[name] for name in spot.alerts if name in dead), None)
        cause = chain.cause(judged) if judged is not None and judged.cause == "not-scraped" else None
        if cause is None or judged is None:
            found.append(spot)
            continue
        text = spot.text.replace(judged.because, f"{cause.text}{_at(cause)}")
        found.append(msgspec.structs.replace(spot, text=text))
    return tuple(found)


def spots_of_stack(decided: Sequence[Decided], topology: Topology, ground: Ground) -> tuple[BlindSpot, ...]:
    """What blinds the whole stack: no alert reaches anybody, nobody outside watches Prometheus' machine."""
    delivery = Delivery(ground)
    alerts = [each for each in decided if each.judged.rule.alert and works(each)]
    found = []
    unheard = [each for each in alerts if delivery.mark(each.judged.rule) == "broken"]
    if unheard and any(each.judged.tier == "critical" for each in unheard):
        found.append(_unheard(unheard, len(unheard) == len(alerts), delivery))
    if ground.detection.prometheus and (spot := _nobody_outside(alerts, topology, delivery)):
        found.append(spot)
    return tuple(found)


def _unheard(unheard: list[Decided], everything: bool, delivery: Delivery) -> BlindSpot:
    names = tuple(dict.fromkeys(each.judged.rule.name for each in unheard))
    broken = next(link for link in delivery.links(unheard[0].judged.rule) if link.mark == "broken")
    where = f" ({broken.file}:{broken.line})" if broken.line and f"{broken.file}:{broken.line}" not in broken.text else ""
    who = "no alert reaches anybody" if everything else f"{len(names)} alerts reach nobody"
    advice = {
        "alertmanager": "mend it until amtool check-config is content"
        if delivery.stopped
        else "run an Alertmanager and name it under alerting: in prometheus.yml",
        "route": "give the root route a receiver that works",
        "receiver": "give the receiver a real address or key, in a file (api_url_file, ...) where it is a secret",
    }[broken.name]
    return BlindSpot("monitoring", "monitoring", names, f"{who}: {broken.text}{where}", advice)


def _nobody_outside(alerts: list[Decided], topology: Topology, delivery: Delivery) -> BlindSpot | None:
    """The essential cell monitoring/down: held by a constant alert that leaves, or by a check from outside."""
    if any(check.component in MACHINE and "down" in check.modes for check in topology.external_checks):
        return None
    constant = [each.judged.rule for each in alerts if each.judged.constant]
    outside = [delivery.goes_outside(rule) for rule in constant]
    if True in outside or None in outside:
        return None
    names = tuple(rule.name for rule in constant)
    why = "and its constant alert leaves for nowhere" if constant else "and there is no constant alert"
    text = f"nobody is told when the machine on which Prometheus runs is gone: nothing outside watches it, {why}"
    advice = "send a constant alert (expr: vector(1)) to a dead man's switch outside, or let an uptime service check it"
    return BlindSpot("monitoring", "down", names, text, advice)


def _at(answer: Said) -> str:
    place = f"{answer.file}:{answer.line}"
    return f" ({place})" if answer.line and place not in answer.text else ""
