"""The door of this room: every alert's way, and what is wrong with the whole stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from promtrim.knowledge.facts import Metrics
from promtrim.path import delivery as delivering
from promtrim.path import running, scraping
from promtrim.path.chain import Chain
from promtrim.path.delivery import Delivery
from promtrim.path.ground import Ground
from promtrim.path.loaded import Loading
from promtrim.path.model import LINKS, Link, Way, Ways, finding
from promtrim.path.running import Running
from promtrim.path.verdicts import spots_of_stack
from promtrim.plan.model import BlindSpot, Plan
from promtrim.rulefile.model import Document, Problem
from promtrim.yamltext.located import Place

_ORDER = (
    "prometheus-cannot-start", "alertmanager-cannot-start", "no-alertmanager", "nobody-hears", "not-loaded",
    "no-constant-alert", "rule-fails", "dead-target", "target-down", "no-targets", "network-policy", "scraped-twice",
)  # fmt: skip
"""What is told first: the more alerts something silences, the earlier."""


def follow(plan: Plan, ground: Ground, metrics: Metrics) -> Ways:
    """Follow every alert of a plan.

    Args:
        metrics: the facts of the plan's topology.
    """
    chain, loading, delivery = Chain(ground, metrics), Loading(ground), Delivery(ground)
    document_of = {rule.id: document for document in plan.documents for rule in document.rules}
    ways = []
    for decided in plan.rules:
        rule = decided.judged.rule
        if rule.alert is None:
            continue
        target, scrape, series, evaluation = chain.links(decided.judged)
        loaded = Link("rule", *msgspec.structs.astuple(loading.of(document_of[rule.id], rule)))
        links = (target, scrape, series, loaded, evaluation, *delivery.links(rule))
        links = tuple(sorted(links, key=lambda link: LINKS.index(link.name)))
        judged = decided.judged
        ways.append(
            Way(rule.alert, rule.file, rule.line, judged.tier == "critical", links, judged.verdict, judged.cause)
        )  # fmt: skip
    spots = spots_of_stack(plan.rules, plan.topology, ground)
    told = list(stack_findings(ground))
    missing = (*_not_loaded(plan.documents, loading), *Running(ground).findings(plan.documents))
    found = (*told, *missing, *_spots(spots, {each.code for each in told}))
    return Ways(tuple(sorted(dict.fromkeys(found), key=_rank)), tuple(ways))


def stack_findings(ground: Ground) -> Iterator[Problem]:
    """What is wrong with the stack whatever the rules are."""
    yield from ground.problems
    yield from delivering.findings(ground)
    yield from scraping.findings(ground)
    yield from scraping.dead_jobs(ground)
    yield from running.findings(ground)


def _not_loaded(documents: Iterable[Document], loading: Loading) -> Iterator[Problem]:
    """One finding per file (or key of a ConfigMap) that is not loaded."""
    for document in documents:
        reasons = dict.fromkeys(
            answer for rule in document.rules if rule.loaded and (answer := loading.of(document, rule)).mark == "broken"
        )
        for answer in reasons:
            if answer == loading.stopped:
                continue  # told by itself
            where = Place(answer.file, answer.line, 0) if answer.file else Place(document.file, 1, 1)
            yield finding("not-loaded", f"Prometheus does not load {document.file}: {answer.text}", where)


def _spots(spots: Iterable[BlindSpot], told: set[str]) -> Iterator[Problem]:
    """What blinds the whole stack, where a finding has not said it already."""
    for spot in spots:
        code = "no-constant-alert" if spot.failure_mode == "down" else "nobody-hears"
        if code == "no-constant-alert" or not told & {"alertmanager-cannot-start", "no-alertmanager"}:
            yield Problem(code, f"{spot.text}; {spot.advice}", "")


def _rank(problem: Problem) -> int:
    return _ORDER.index(problem.code) if problem.code in _ORDER else len(_ORDER)
