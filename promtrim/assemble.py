"""Puts the stages together: from a request to a plan. The only place that knows their order.

Reads rule files, topology and configuration at its edge; everything between is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from promtrim.evaluate.engine import Record
from promtrim.judge.rule import Opinion, RuleJudge
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped, with_rulesets
from promtrim.knowledge.names import problems_of
from promtrim.parallel import judge_all
from promtrim.plan.coverage import blind_spots, coverage
from promtrim.plan.decide import Override, Wishes, decide
from promtrim.plan.model import Decided, Level, Plan
from promtrim.promql.parse import ExpressionError, parse
from promtrim.rulefile.model import Document, Position, Problem, Rule
from promtrim.topology.model import Topology

if TYPE_CHECKING:
    from promtrim.config.model import Config


class Request(msgspec.Struct, frozen=True):
    """What was asked for; the fields are those of :func:`promtrim.api.make_plan`."""

    paths: tuple[str, ...]
    topology: str | Topology | None = None
    level: Level | None = None
    config: str | None = None
    root: str | None = None
    strict: bool = False
    keep_blind_spots: bool = False
    drop_unused: bool = False
    used_by: tuple[str, ...] = ()
    max_bytes: int = 64 << 20
    stdin: str | None = None
    evidence: bool = True


def plan_for(request: Request) -> Plan:
    """Read, judge, decide. See :func:`promtrim.api.make_plan`."""
    from promtrim.config.load import load_config
    from promtrim.rulefile.reading import read

    documents = tuple(read(request.paths, root=request.root, max_bytes=request.max_bytes, stdin=request.stdin))
    start = request.paths[0] if request.paths[0] != "-" else "."
    config = load_config(request.config, start, shipped().presets)
    topology = _topology(request, config)
    level: Level = request.level or config.level or "critical"
    return plan_of_documents(documents, topology, level, config, request)


def plan_of_documents(
    documents: tuple[Document, ...], topology: Topology, level: Level, config: Config, request: Request
) -> Plan:
    """The plan for documents that are already read."""
    rules = [rule for document in documents for rule in document.rules]
    index = with_rulesets(shipped(), config.rulesets) if config.rulesets else shipped()
    judge = RuleJudge(Metrics(index, topology), Words(index.words), records_of(rules), locator(documents))
    opinions = judge_all(rules, judge.judge)
    problems = [problem for document in documents for problem in document.problems]
    problems += _unreadable(opinions, request.strict)
    problems += _names(judge.metrics, opinions)
    overrides, unmatched = overrides_for(rules, config)
    wishes = Wishes(level, request.keep_blind_spots, request.drop_unused, _shown(request.used_by))
    decided = decide(opinions, topology, overrides, wishes)
    if request.evidence:
        decided = tuple(_with_evidence(each, judge) for each in decided)
    problems += unmatched + _quiet(decided)
    unused = tuple(each.judged.rule.name for each in decided if each.reason.code == "unused")
    return Plan(
        topology=topology,
        level=level,
        documents=documents,
        rules=decided,
        blind_spots=blind_spots(decided, topology),
        coverage=coverage(decided, topology),
        problems=tuple(problems),
        unused_records=unused,
    )


def _topology(request: Request, config: Config) -> Topology:
    from promtrim.config.load import topology_of
    from promtrim.topology.load import DEFAULT_PRESET, load

    presets = shipped().presets
    if isinstance(request.topology, Topology):
        return request.topology
    if request.topology is not None:
        return load(request.topology, presets)
    return topology_of(config, presets) or load(DEFAULT_PRESET, presets)


def records_of(rules: Iterable[Rule]) -> dict[str, tuple[Record, ...]]:
    """The recording rules by name. A name with one that cannot be read is left out: its series may be anything."""
    found: dict[str, list[Record]] = {}
    unreadable = set()
    for rule in rules:
        if rule.record is None or not rule.loaded:
            continue
        try:
            found.setdefault(rule.record, []).append(Record(parse(rule.expr), rule.labels))
        except ExpressionError:
            unreadable.add(rule.record)
    return {name: tuple(records) for name, records in found.items() if name not in unreadable}


class locator:
    """Where an offset into a rule's expression stands in its file."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._of_rule: dict[int, Document] = {}

    def __call__(self, rule: Rule, offset: int) -> Position:
        from promtrim.rulefile.places import location_in_expr

        if not self._of_rule:
            self._of_rule = {rule.id: document for document in self._documents for rule in document.rules}
        return location_in_expr(self._of_rule[rule.id], rule, offset)


def _unreadable(opinions: Sequence[Opinion], strict: bool) -> list[Problem]:
    from promtrim.errors import ErrorGroup, InputError

    found = [o for o in opinions if o.likeness is None]
    if found and strict:
        raise ErrorGroup(
            [InputError(f"{o.judged.because}; mend it, or leave out --strict", o.judged.rule.file, o.judged.rule.line)
             for o in found]
        )  # fmt: skip
    return [
        Problem("unreadable-expression", o.judged.because, o.judged.rule.file, o.judged.rule.line,
                o.judged.rule.column, o.judged.rule.alert)
        for o in found
    ]  # fmt: skip


def _names(metrics: Metrics, opinions: Sequence[Opinion]) -> list[Problem]:
    """Metric names that an exporter no longer has, or never had."""
    recorded = {opinion.judged.rule.record or "" for opinion in opinions}
    return [
        problem
        for opinion in opinions
        if opinion.likeness is not None
        for problem in problems_of(metrics, opinion.judged.rule, opinion.likeness.reads, recorded)
    ]


def overrides_for(rules: Sequence[Rule], config: Config) -> tuple[dict[int, Override], list[Problem]]:
    """What a person has decided, by rule id, and a problem for each override that matches nothing.

    A comment at the rule counts more than the configuration; the first entry that fits counts.
    """
    found: dict[int, Override] = {}
    hit: set[int] = set()
    for rule in rules:
        if rule.directive is not None:
            action, _, reason = rule.directive.partition(":")
            found[rule.id] = Override(action.strip() == "keep", reason.strip() or "as the comment says")
            continue
        for number, entry in enumerate(config.overrides):
            if entry.matches(rule.alert, rule.labels):
                hit.add(number)
                found.setdefault(rule.id, Override(entry.action == "keep", entry.reason))
    unmatched = [
        Problem("override-unmatched", f"the entry {entry.action}: {entry} matches no alert; correct or remove it",
                entry.file, entry.line)
        for number, entry in enumerate(config.overrides) if number not in hit
    ]  # fmt: skip
    return found, unmatched


def _quiet(decided: Iterable[Decided]) -> list[Problem]:
    """Kept critical alerts whose severity may page nobody."""
    from promtrim.plan.redundancy import severity

    found = []
    for each in decided:
        judged, rule = each.judged, each.judged.rule
        label = rule.labels.get("severity", "")
        if each.keep and rule.alert and judged.tier == "critical" and not judged.constant and severity(rule.labels) < 2:
            said = f"severity: {label}" if label else "no severity label"
            text = f"it matters tonight, but carries {said}: it may page nobody"
            found.append(Problem("quiet-critical", text, rule.file, rule.line, rule.column, rule.alert))
    return found


def _shown(paths: Sequence[str]) -> dict[str, str]:
    """Names that dashboards mention, each to the dashboard that does."""
    import re

    from promtrim.errors import InputError

    found: dict[str, str] = {}
    for path in paths:
        try:
            with open(path, encoding="utf-8") as handle:
                text = handle.read(64 << 20)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read this dashboard ({error}), check the path", path) from None
        for name in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", text):
            found.setdefault(name, path)
    return found


def _with_evidence(each: Decided, judge: RuleJudge) -> Decided:
    judged = msgspec.structs.replace(each.judged, evidence=judge.evidence(each.judged))
    return msgspec.structs.replace(each, judged=judged)


__all__ = ["Request", "locator", "plan_for", "plan_of_documents", "records_of"]
