"""Puts the stages together: from a request to a plan. The only place that knows their order.

Reads rule files, topology and configuration at its edge; everything between is pure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from promtrim.evaluate.context import Record, Records
from promtrim.judge.rule import Opinion, RuleJudge
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped, with_rulesets
from promtrim.knowledge.model import Index
from promtrim.knowledge.names import problems_of
from promtrim.parallel import judge_all
from promtrim.plan.coverage import blind_spots, coverage
from promtrim.plan.decide import Override, Wishes, decide
from promtrim.plan.model import Decided, Level, Plan
from promtrim.plan.servers import Servers
from promtrim.promql.parse import ExpressionError, parse
from promtrim.rulefile.model import Document, Position, Problem, Rule
from promtrim.topology.model import Topology

if TYPE_CHECKING:
    from promtrim.config.model import Config
    from promtrim.path.ground import Ground
    from promtrim.path.loaded import Loading
    from promtrim.path.model import Ways
    from promtrim.plan.model import BlindSpot
    from promtrim.stack.sources import Sources


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
    sources: Sources | str | None = None
    defects: bool = False
    """Look for mistakes in the rules themselves too."""
    near: str | None = None
    """Where settings are looked for, upwards; None: from the first of ``paths``."""
    lenient: bool = False
    """What cannot be read below a folder is a problem, not an error."""


def plan_for(request: Request) -> Plan:
    """Read, judge, decide. See :func:`promtrim.api.make_plan`."""
    return plan_and_config(request)[0]


def plan_and_config(request: Request) -> tuple[Plan, Config]:
    """As :func:`plan_for`, with the configuration that counted: it also says on what a check fails."""
    documents, config = _read(request)
    index = _index(config)
    return _plan(documents, config, index, request, _ground(request, index)), config


def ways_for(request: Request) -> tuple[Plan, Ways]:
    """The plan, and each alert's way to a person. See :func:`promtrim.api.follow`.

    Raises:
        CallError: there are no sources, and none can be found beside the rules.
    """
    from promtrim.path.follow import follow

    documents, config = _read(request)
    if request.sources is None:
        request = msgspec.structs.replace(request, sources=_sources_beside(request, documents))
    index = _index(config)
    ground = _ground(request, index)
    assert ground is not None
    plan = _plan(documents, config, index, request, ground)
    return plan, follow(plan, ground, Metrics(index, plan.topology))


def _read(request: Request) -> tuple[tuple[Document, ...], Config]:
    from promtrim.config.load import load_config
    from promtrim.rulefile.reading import read

    documents = tuple(
        read(
            request.paths, root=request.root, max_bytes=request.max_bytes, stdin=request.stdin, lenient=request.lenient
        )
    )  # fmt: skip
    start = request.near or next(iter(request.paths), ".")
    return documents, load_config(request.config, "." if start == "-" else start, shipped().presets)


def _plan(documents: tuple[Document, ...], config: Config, index: Index, request: Request, ground: Ground | None) -> Plan:
    level: Level = request.level or config.level or "critical"
    if ground is None:
        return _plan_of_documents(documents, _topology(request, config), level, config, index, request)
    from promtrim.path.loaded import all_read
    from promtrim.topology.merge import with_sources

    detected = ground.detection.topology
    if detected.other_metrics is False and not all_read(ground, documents):
        detected = msgspec.structs.replace(detected, other_metrics=None)  # other rules may record other metrics
    topology, problems = with_sources(detected, _stated(request, config))
    ground = msgspec.structs.replace(ground, problems=(*ground.problems, *problems))
    return _plan_of_documents(documents, topology, level, config, index, request, ground)


def _ground(request: Request, index: Index) -> Ground | None:
    if request.sources is None:
        return None
    from promtrim.path.ground import survey

    return survey(request.sources, index.heads)


def _index(config: Config) -> Index:
    return with_rulesets(shipped(), config.rulesets) if config.rulesets else shipped()


def _sources_beside(request: Request, documents: Sequence[Document]) -> Sources | str:
    """What lies in the folder that was named, or the configuration that led to the rules."""
    from promtrim.errors import CallError
    from promtrim.stack.sources import Sources

    folders = [path for path in request.paths if os.path.isdir(path)]
    if len(folders) == 1:
        return folders[0]
    configs = dict.fromkeys(document.followed_from for document in documents if document.followed_from)
    if configs:
        return Sources(prometheus_config=list(configs))
    raise CallError("say what runs: --compose FILE, --kubernetes PATH, --prometheus-config FILE")


def _plan_of_documents(
    documents: tuple[Document, ...], topology: Topology, level: Level, config: Config, index: Index, request: Request,
    ground: Ground | None = None,
) -> Plan:  # fmt: skip
    """The plan for documents that are already read.

    Args:
        ground: what the topology was read off, where it was.
    """
    from promtrim.detect.complete import completed

    rules = [rule for document in documents for rule in document.rules]
    topology = completed(topology, index.heads)
    records = Records(records_of(rules), index.records)
    judge = RuleJudge(Metrics(index, topology), Words(index.words), records, locator(documents))
    judge_of = _judges(judge, documents, ground)
    opinions = judge_all(rules, lambda rule: judge_of(rule).judge(rule))
    problems = [problem for document in documents for problem in document.problems]
    problems += _unreadable(opinions, request.strict)
    problems += _names(judge.metrics, opinions)
    overrides, unmatched = overrides_for(rules, config)
    wishes = Wishes(level, request.keep_blind_spots, request.drop_unused, _shown(request.used_by))
    loading, server, copies = _in_one_server(documents, opinions, ground, request.paths)
    decided = decide(opinions, topology, overrides, wishes, server)
    if request.evidence:
        decided = tuple(_with_evidence(each, judge_of(each.judged.rule)) for each in decided)
    if request.defects or request.evidence:
        decided = tuple(_with_defects(each, judge_of(each.judged.rule)) for each in decided)
    problems += unmatched + _quiet(decided) + copies
    if ground is None or loading is None:
        spots = blind_spots(decided, topology)
    else:
        decided, spots = _along_the_way(decided, documents, ground, loading, judge.metrics)
        problems += _of_stack(ground)
    unused = tuple(each.judged.rule.name for each in decided if each.reason.code == "unused")
    return Plan(
        topology=topology,
        level=level,
        documents=documents,
        rules=decided,
        blind_spots=spots,
        coverage=coverage(decided, topology),
        problems=tuple(problems),
        unused_records=unused,
    )


def _judges(judge: RuleJudge, documents: Sequence[Document], ground: Ground | None) -> Callable[[Rule], RuleJudge]:
    """Who judges a rule: of one that another Prometheus evaluates it is not known what that one scrapes."""
    if ground is None or not ground.detection.operated_apart:
        return lambda rule: judge
    from promtrim.path.elsewhere import evaluated_elsewhere, without_scraping

    theirs = evaluated_elsewhere(ground, documents)
    other = judge.in_topology(without_scraping(judge.metrics.topology))
    return lambda rule: other if rule.id in theirs else judge


def _in_one_server(
    documents: Sequence[Document], opinions: Sequence[Opinion], ground: Ground | None, named: Sequence[str]
) -> tuple[Loading | None, Servers, list[Problem]]:
    """What is loaded, with whom each rule is in one Prometheus, and what stands twice in several."""
    if ground is None:
        servers = Servers(documents, named, opinions)
        return None, servers, servers.copies_kept(opinions)
    from promtrim.path.loaded import Loading

    loading = Loading(ground)
    pairs = [(document, rule) for document in documents for rule in document.rules if rule.alert]
    loaded = {rule.id: by for document, rule in pairs if (by := loading.servers(document, rule))}
    broken = {r.id: answer.text for document, r in pairs if (answer := loading.of(document, r)).mark == "broken"}
    servers = Servers(documents, named, opinions, loaded, broken)
    return loading, servers, servers.copies_kept(opinions)


def _along_the_way(
    decided: tuple[Decided, ...], documents: Sequence[Document], ground: Ground, loading: Loading, metrics: Metrics
) -> tuple[tuple[Decided, ...], tuple[BlindSpot, ...]]:
    """What is not loaded, and the blind spots with where the way breaks."""
    from promtrim.path.chain import Chain
    from promtrim.path.verdicts import spots_of_stack, with_loading, with_places

    heard = spots_of_stack(decided, metrics.topology, ground)
    decided = with_loading(decided, documents, loading)
    chain = Chain(ground, metrics)
    unsure = frozenset(each.judged.rule.id for each in decided if each.judged.rule.alert and chain.unsure(each.judged))
    spots = with_places(blind_spots(decided, metrics.topology, unsure), decided, chain)
    first = tuple(spot for spot in heard if spot.failure_mode != "down")
    return decided, (*first, *spots, *(spot for spot in heard if spot not in first))


def _of_stack(ground: Ground) -> list[Problem]:
    from promtrim.path.follow import stack_findings

    return list(dict.fromkeys(stack_findings(ground)))


def _topology(request: Request, config: Config) -> Topology:
    from promtrim.topology.load import DEFAULT_PRESET, load

    return _stated(request, config) or load(DEFAULT_PRESET, shipped().presets)


def _stated(request: Request, config: Config) -> Topology | None:
    """The topology that a person gave, if one did."""
    from promtrim.config.load import topology_of
    from promtrim.topology.load import load

    presets = shipped().presets
    if isinstance(request.topology, Topology):
        return request.topology
    if request.topology is not None:
        return load(request.topology, presets)
    return topology_of(config, presets)


def facts_of(plan: Plan, config: str | None = None, near: str | None = None) -> tuple[Metrics, Records]:
    """What is known of metrics in a plan's topology, and the recording rules: for asking about expressions once more.

    Args:
        config: a ``promtrim.yml`` with further rulesets; None looks for one upwards from ``near``.
        near: None means the first file.
    """
    from promtrim.config.load import load_config

    start = near or (plan.documents[0].file if plan.documents else ".")
    index = _index(load_config(config, "." if start == "-" else start, shipped().presets))
    rules = [each.judged.rule for each in plan.rules]
    return Metrics(index, plan.topology), Records(records_of(rules), index.records)


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
            said = f"with severity {label}" if label else "without a severity label"
            text = f"it matters tonight, but {said} it may page nobody"
            found.append(Problem("quiet-critical", text, rule.file, rule.line, rule.column, rule.alert))
    return found


def _shown(paths: Sequence[str]) -> dict[str, str]:
    if not paths:
        return {}
    from promtrim.dashboards.existing.shown import shown

    return shown(paths)


def _with_evidence(each: Decided, judge: RuleJudge) -> Decided:
    judged = msgspec.structs.replace(each.judged, evidence=judge.evidence(each.judged))
    return msgspec.structs.replace(each, judged=judged)


def _with_defects(each: Decided, judge: RuleJudge) -> Decided:
    defects = judge.defects(each.judged)
    return msgspec.structs.replace(each, judged=msgspec.structs.replace(each.judged, defects=defects)) if defects else each


__all__ = ["Request", "facts_of", "locator", "plan_and_config", "plan_for", "records_of", "ways_for"]
