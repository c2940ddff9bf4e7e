"""The levels: what is kept of the alerts that can say something true here. DESIGN: relevant, critical, essential."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promtrim.judge.components import KINDS
from promtrim.judge.rule import Opinion
from promtrim.judge.tier import ORDER
from promtrim.knowledge.model import FailureMode
from promtrim.plan.coverage import CellKey, watched_elsewhere
from promtrim.plan.model import By, Reason
from promtrim.plan.redundancy import milder, severity
from promtrim.topology.model import Topology

LASTING: frozenset[FailureMode] = frozenset(("disk", "backup", "corruption", "certificate"))
"""Failure modes that no alert on the service itself tells of in time; each holds a cell of its own."""
FELT: frozenset[FailureMode] = frozenset(("down", "errors"))


def by(opinion: Opinion) -> By:
    rule = opinion.judged.rule
    return By(rule.name, rule.file, rule.line)


def called(other: Opinion, beside: Opinion) -> str:
    """The other's name, with its place where both have the same name."""
    rule, here = other.judged.rule, beside.judged.rule
    if rule.name != here.name:
        return rule.name
    where = f"in line {rule.line}" if rule.file == here.file else f"at {rule.file}:{rule.line}"
    return f"the {rule.name} {where}"


def critical(opinions: list[Opinion], topology: Topology) -> dict[int, Reason]:
    """What level ``critical`` drops of the relevant alerts: watched elsewhere, or minor."""
    found: dict[int, Reason] = {}
    pairs = {number: other for number, other in milder(opinions).items() if other.judged.tier == "critical"}
    for opinion in opinions:
        judged = opinion.judged
        if judged.constant or judged.verdict == "unknown":
            continue
        cells = [(component, judged.failure_mode) for component in judged.components]
        if judged.rule.id in pairs:
            stronger = pairs[judged.rule.id]
            text = f"the milder half of a pair: {called(stronger, opinion)} has the threshold that matters"
            found[judged.rule.id] = Reason("minor", text, by(stronger))
        elif judged.tier != "critical":
            text = {"useful": "a cause or an early warning, nothing that must be mended tonight",
                    "low": "hygiene, tuning or information, nothing that must be mended tonight"}[judged.tier]  # fmt: skip
            found[judged.rule.id] = Reason("minor", text)
        elif watched_elsewhere(topology, cells):
            text = f"an external check already watches {judged.components[0]}"
            found[judged.rule.id] = Reason("watched-elsewhere", text)
    return found


def essential(opinions: list[Opinion], topology: Topology) -> dict[int, Reason]:
    """What level ``essential`` drops of the critical alerts: what the holder of a cell already says.

    One alert holds each cell: ``down`` and ``errors`` per component, disk, backup, corruption and certificate where they
    occur. An alert is covered when a holder watches each of its components, or something that depends on it, or an
    external check does.
    """
    dependents = dependents_of(topology)
    users = {name for name, workload in topology.workloads.items() if workload.users is not False}
    checked = {check.component for check in topology.external_checks}
    holders: dict[CellKey, Opinion] = {}
    order = sorted(opinions, key=_preference)

    def offer(mode_of: Callable[[FailureMode], bool], wanted: Callable[[str], bool]) -> None:
        for opinion in order:
            judged = opinion.judged
            for component in judged.components:
                cell = (component, judged.failure_mode)
                if mode_of(judged.failure_mode) and wanted(component) and not watched_elsewhere(topology, [cell]):
                    holders.setdefault((component, judged.failure_mode), opinion)

    offer(lambda mode: mode in LASTING, lambda component: True)
    listed = {*topology.workloads, *topology.datastores, *KINDS.values()}
    # What the topology does not list may be what users touch.
    offer(lambda mode: mode in FELT, lambda component: component in users or component not in listed)
    kept = {opinion.judged.rule.id for opinion in holders.values()}
    watched = {component for (component, mode) in holders if mode in FELT} | checked
    found: dict[int, Reason] = {}
    for opinion in order:
        judged = opinion.judged
        if judged.constant or judged.rule.id in kept or judged.verdict == "unknown":
            continue
        cover = _cover(opinion, holders, watched, dependents)
        if cover is not None:
            found[judged.rule.id] = cover
            continue
        kept.add(judged.rule.id)
        for component in judged.components:
            holders.setdefault((component, judged.failure_mode), opinion)
            watched.add(component)
    return found


def _cover(
    opinion: Opinion, holders: Mapping[CellKey, Opinion], watched: set[str], dependents: Mapping[str, frozenset[str]]
) -> Reason | None:
    judged = opinion.judged
    if judged.failure_mode in LASTING:
        holder = holders.get((judged.components[0], judged.failure_mode))
        if holder is None or any((each, judged.failure_mode) not in holders for each in judged.components):
            return None
        return Reason("covered", f"{called(holder, opinion)} already tells of it", by(holder))
    first: str | None = None
    for component in judged.components:
        over = next((each for each in (component, *sorted(dependents.get(component, ()))) if each in watched), None)
        if over is None:
            return None
        first = first or over
    assert first is not None
    holder = next((held for (component, mode), held in holders.items() if component == first and mode in FELT), None)
    if holder is None:
        holder = next((held for (component, _), held in holders.items() if component == first), None)
    if holder is None:
        return Reason("covered", f"an external check already watches {first}")
    name = called(holder, opinion)
    if first == judged.components[0]:
        return Reason("covered", f"{name} already watches {first}", by(holder))
    return Reason("covered", f"{first} depends on it, and {name} already watches {first}", by(holder))


def _preference(opinion: Opinion) -> tuple[bool, int, int, int]:
    """Within a cell: names the component in a matcher, then severity, then tier, then file order."""
    judged = opinion.judged
    named = opinion.likeness is not None and opinion.likeness.named
    return (not named, -severity(judged.rule.labels), -ORDER[judged.tier], judged.rule.id)


def dependents_of(topology: Topology) -> dict[str, frozenset[str]]:
    """Component to all that depend on it, through others too."""
    direct: dict[str, set[str]] = {}
    for name, workload in topology.workloads.items():
        for needed in workload.depends_on:
            direct.setdefault(needed, set()).add(name)
    found: dict[str, frozenset[str]] = {}
    for needed in direct:
        seen: set[str] = set()
        waiting = [needed]
        while waiting:
            for name in direct.get(waiting.pop(), ()):
                if name not in seen and name != needed:
                    seen.add(name)
                    waiting.append(name)
        found[needed] = frozenset(seen)
    return found
