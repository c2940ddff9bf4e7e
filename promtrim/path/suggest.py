"""Rules for essential cells that nothing watches, from the baselines, on metrics that are certainly there.

What a baseline says is data (``rulesets/baselines/``); how a group is written is for ``promtrim.output``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Literal

import msgspec

from promtrim.errors import InputError
from promtrim.knowledge.model import FailureMode
from promtrim.plan.coverage import cells_of, works
from promtrim.plan.model import Decided, Plan
from promtrim.promql.parse import parse
from promtrim.promql.walk import metric_names
from promtrim.topology.model import Topology, parse_count
from promtrim.yamltext.located import read_one


class Example(msgspec.Struct, frozen=True):
    """Series in the notation of ``promtool test rules``."""

    series: dict[str, str]


class BaselineRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One rule of a baseline. ``$component``, ``$job`` and ``$of`` (a selector for the job) are filled in."""

    for_: Literal["workload", "datastore", "stack"] = msgspec.field(name="for")
    mode: FailureMode
    name: str
    expr: str
    severity: str
    summary: str
    because: str
    needs: str = ""
    """Rulesets, any of which must be deployed and scraped, separated by bars."""
    component: str = ""
    """What it watches, where that is no workload or datastore of the topology."""
    hold: str = ""
    """The rule's ``for``."""
    at: str = "15m"
    """When the examples are looked at."""
    fires: tuple[dict[str, str], ...] = ()
    silent: tuple[dict[str, str], ...] = ()


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of ``rulesets/baselines/``."""

    baseline: str
    rules: tuple[BaselineRule, ...]


class Suggestion(msgspec.Struct, frozen=True):
    """A rule that would fill an empty cell."""

    component: str
    failure_mode: FailureMode
    name: str
    expr: str
    hold: str
    severity: str
    summary: str
    because: str


def baselines(texts: Mapping[str, str]) -> list[Baseline]:
    """The baselines of texts by name.

    Raises:
        InputError: a text is no baseline.
    """
    found = []
    for name, text in sorted(texts.items()):
        try:
            found.append(msgspec.convert(read_one(text, f"{name}.yml"), Baseline))
        except msgspec.ValidationError as error:
            raise InputError(f"this is no baseline: {error}", f"{name}.yml") from None
    return found


def suggest(plan: Plan, known: Sequence[Baseline], names: frozenset[str] | None = None) -> tuple[Suggestion, ...]:
    """Rules for the essential cells that no working alert and no external check watches, each cell once.

    Args:
        names: of the series that are really there, where a running server told them.
    """
    topology = plan.topology
    held = _held(plan.rules, topology)
    found: dict[tuple[str, FailureMode], Suggestion] = {}
    for rule in (rule for baseline in known for rule in baseline.rules):
        if rule.needs and not (scraped := [each for each in rule.needs.split("|") if topology.exporters.get(each)]):
            continue
        ruleset = scraped[0] if rule.needs else ""
        for component, job in _subjects(rule, ruleset, topology):
            cell = (component, rule.mode)
            if cell not in found and not _is_held(rule, cell, held):
                filled = fill(rule, component, job)
                if names is None or _names_of(filled.expr) <= names:
                    found[cell] = filled
    return tuple(found.values())


def _names_of(expression: str) -> set[str]:
    """The metric names that an expression asks for, without those that every Prometheus adds to each target."""
    return set(metric_names(parse(expression))) - {"up"}


def fill(rule: BaselineRule, component: str, job: str) -> Suggestion:
    """A rule for one component. Labels of the alert (``$labels``) stay as they are."""
    words = {
        "component": component,
        "Component": _camel(component),
        "job": job,
        "of": f'{{job="{job}"}}' if job else "",
    }

    def filled(text: str) -> str:
        return Template(text).safe_substitute(words)

    return Suggestion(
        component=component,
        failure_mode=rule.mode,
        name=filled(rule.name),
        expr=filled(rule.expr),
        hold=rule.hold,
        severity=rule.severity,
        summary=filled(rule.summary),
        because=filled(rule.because),
    )


def _subjects(rule: BaselineRule, ruleset: str, topology: Topology) -> Iterable[tuple[str, str]]:
    """What a rule is for here: components, each with the job that delivers its series."""
    if rule.for_ == "stack":
        yield rule.component, ""
    elif rule.for_ == "workload":
        for name, workload in topology.workloads.items():
            own = [job for job in workload.jobs if _is_of(topology, job, name)]
            if workload.users and own:
                yield name, own[0]
    else:
        technology = {name for name, job in (topology.jobs or {}).items() if job.technology == ruleset}
        job = next(iter(technology)) if len(technology) == 1 else ""
        for name, store in topology.datastores.items():
            if store.exporter and _serves(ruleset, store.technology or name):
                yield name, job


def _serves(ruleset: str, technology: str) -> bool:
    from promtrim.knowledge.index import shipped

    head = shipped().heads.get(ruleset)
    return head is not None and head.technology == technology


def _is_of(topology: Topology, job: str, component: str) -> bool:
    """Whether a job is a component's own, and finds it."""
    entry = (topology.jobs or {}).get(job)
    if entry is None or entry.component != component:
        return False
    targets = parse_count(entry.targets)
    return targets is not None and targets.lo > 0


def _held(rules: Iterable[Decided], topology: Topology) -> set[tuple[str, str]]:
    held: set[tuple[str, str]] = set()
    for decided in rules:
        if works(decided):
            held |= {("monitoring", "down")} if decided.judged.constant else set(cells_of(decided))
    return held | {(check.component, mode) for check in topology.external_checks for mode in check.modes}


def _is_held(rule: BaselineRule, cell: tuple[str, str], held: set[tuple[str, str]]) -> bool:
    """Of what stands for the whole stack any alert of the mode will do, save for disks: each is its own."""
    if rule.for_ == "stack" and rule.mode not in ("disk", "down"):
        return any(mode == rule.mode for _, mode in held)
    return cell in held


def _camel(name: str) -> str:
    words = "".join(char if char.isalnum() else " " for char in name).split()
    return "".join(word[:1].upper() + word[1:] for word in words)
