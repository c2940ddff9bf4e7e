"""Holds what an exporter answers against what a ruleset says of it.

The server behind the exporter is healthy, alone, and configured as it comes: what the facts say of such a deployment
(preset ``single-vm``) must hold of every sample.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec
from exposition import Sample, Scrape

from promtrim.knowledge.compile import build
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import Known, lookup, shipped
from promtrim.knowledge.model import Index, Metric
from promtrim.knowledge.series import Range, SeriesFacts, View
from promtrim.knowledge.written import Written, of_index
from promtrim.topology.load import load
from promtrim.topology.model import Topology

EXPOSED = {"info": "gauge", "stateset": "gauge"}
"""Types that the text format does not know, and what exporters say instead."""

OF_THE_TYPE = {"le", "quantile"}
OF_THE_TARGET = {"job", "instance"}


class Report(msgspec.Struct):
    """What came of one comparison."""

    wrong: list[str] = []
    unlisted: set[str] = set()
    """Names with the exporter's prefix of which its ruleset says nothing."""
    checked: set[str] = set()
    """Metrics whose facts were held against samples."""


def compare(
    scrapes: Sequence[Scrape], ruleset: str, options: tuple[tuple[str, bool | str], ...] = (), *, dead: bool = False
) -> Report:
    """Everything that a ruleset says wrongly of one exporter's answers.

    Args:
        scrapes: answers for different targets, or of different paths; what is present must be in one of them.
        options: of the exporter, where they are not its defaults.
        dead: the server does not run. What is possible must hold still, and nothing that tells whether it is up may read
            as in health; what else is healthy or present is not asked.
    """
    report = Report()
    index = only(ruleset)
    metrics = Metrics(index, topology(ruleset, options))
    wrong: dict[str, None] = {}
    together: dict[str, list[Sample]] = {}
    for scrape in scrapes:
        by_name: dict[str, list[Sample]] = {}
        for sample in scrape.samples:
            by_name.setdefault(sample.name, []).append(sample)
        for name, samples in by_name.items():
            together.setdefault(name, []).extend(samples)
            known = lookup(index, name)
            if not known:
                if name.startswith(index.heads[ruleset].prefixes):
                    report.unlisted.add(name)
                continue
            report.checked.add(known[0].name)
            for text in _of_metric(name, samples, known[0], scrape.type_of(name), metrics, dead):
                wrong.setdefault(f"{name}: {text}")
    if not dead:
        for text in _missing(together, index, metrics):
            wrong.setdefault(text)
    report.wrong = list(wrong)
    return report


@lru_cache(maxsize=32)
def only(ruleset: str) -> Index:
    """The index without the other rulesets."""
    return build([written.ruleset for written in _all() if written.ruleset.ruleset == ruleset])


@lru_cache(maxsize=1)
def _all() -> list[Written]:
    return of_index(shipped())


@lru_cache(maxsize=32)
def topology(ruleset: str, options: tuple[tuple[str, bool | str], ...]) -> Topology:
    """One machine with this exporter, whose options are known."""
    base = load("single-vm", shipped().presets)
    return msgspec.structs.replace(base, exporters={ruleset: True}, options={ruleset: dict(options)})


def _of_metric(
    name: str, samples: list[Sample], known: Known, exposed: str | None, metrics: Metrics, dead: bool
) -> Iterable[str]:
    metric = known.metric
    if metric.renamed_to:
        # An old version may still have it: the ruleset says until when.
        if metric.until is None:
            yield f"said to be renamed to {metric.renamed_to}, without until"
        return
    if exposed and metric.type != "untyped" and exposed != EXPOSED.get(metric.type, metric.type):
        yield f"the exporter says {exposed}, the ruleset {metric.type}"
    for sample in samples:
        yield from _of_labels(sample, metric)
        yield from _of_value(sample, known, metrics, dead)
    yield from _of_identity(samples, known, metrics)


def _of_labels(sample: Sample, metric: Metric) -> Iterable[str]:
    if metric.labels is not None and (more := sample.labels.keys() - set(metric.labels) - OF_THE_TYPE - OF_THE_TARGET):
        yield f"has the labels {sorted(more)}, which are not listed"
    for label, closed in metric.values.items():
        value = sample.labels.get(label)
        if value is not None and value not in closed:
            yield f"{label} is {value!r}, which is not listed"


def _of_value(sample: Sample, known: Known, metrics: Metrics, dead: bool) -> Iterable[str]:
    facts = _facts(metrics, sample.name, sample.labels)
    where = f"{sample.value:g} of {sample.labels}"
    if facts.absent is not None:
        yield f"exists, although {facts.absent.text!r}"
    if not _inside(sample.value, facts.possible):
        yield f"{where} is not possible: {facts.possible}"
    elif dead:
        if known.metric.mode == "down" and known.metric.healthy == sample.value == 1:
            yield f"{where}, although the server does not run"
    elif not _inside(sample.value, facts.healthy):
        yield f"{where} is not healthy: {facts.healthy}"


def _inside(value: float, wanted: Range) -> bool:
    if math.isnan(value):
        return wanted.nan
    if wanted.finite and math.isinf(value) and math.isinf(wanted.lo) and math.isinf(wanted.hi):
        return False
    return wanted.lo <= value <= wanted.hi and (not wanted.integer or math.isinf(value) or value == int(value))


def _of_identity(samples: list[Sample], known: Known, metrics: Metrics) -> Iterable[str]:
    identity = known.metric.identity
    if identity is not None:
        keys = Counter(
            tuple(sample.labels.get(label, "") for label in (*identity, *sorted(OF_THE_TYPE))) for sample in samples
        )
        for key, count in keys.items():
            if count > 1:
                yield f"{count} series for {dict(zip(identity, key, strict=False))}, identity is {list(identity)}"
    for sample in samples:
        own = {label: value for label, value in sample.labels.items() if label not in OF_THE_TYPE}
        for asked in ({}, own):
            alike = [each for each in samples if asked.items() <= each.labels.items()]
            limit = _facts(metrics, sample.name, asked).series
            parts = Counter(tuple(each.labels.get(label) for label in OF_THE_TYPE) for each in alike)
            if max(parts.values()) > limit:
                yield f"{len(alike)} series of {asked} where at most {limit:g} are said to exist"


def _facts(metrics: Metrics, name: str, labels: Mapping[str, str]) -> SeriesFacts:
    """What is known of the series that a selector with these labels returns."""
    return metrics.series(name, tuple((label, frozenset((value,))) for label, value in labels.items()), View())


def _missing(by_name: Mapping[str, list[Sample]], index: Index, metrics: Metrics) -> Iterable[str]:
    """What is said to be present in every healthy deployment, and is not there."""
    for name, entries in index.exact.items():
        known = lookup(index, name)[0]
        whole = known.metric.type != "histogram" or known.part == "count"
        if not known.metric.present or not whole or entries[0].part in ("bucket", "sum"):
            continue
        facts = _facts(metrics, name, {})
        if facts.absent is None and facts.present and not by_name.get(name):
            yield f"{name}: said to be present, but does not exist"
            continue
        for label in known.metric.identity or ():
            for value in known.metric.values.get(label, ()):
                facts = _facts(metrics, name, {label: value})
                there = any(sample.labels.get(label) == value for sample in by_name.get(name, ()))
                if facts.present and facts.absent is None and not there:
                    yield f"{name}: {label}={value!r} is said to be present, but does not exist"
