"""A ruleset in words: what it knows, where from, and what follows on one deployment. Shared by text and Markdown.

Nothing is decided here: whether an alert can fire is for the evaluator, which reads the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from promtrim.knowledge.model import Bound, Consequence, Metric, Ruleset, Scalar
from promtrim.topology.conditions import holds, known_options
from promtrim.topology.model import Topology

Where = Literal["here", "anywhere", "elsewhere"]
"""On the given deployment; on every one; on others, or where its options are known."""

PER = {
    "node": "one target per node",
    "member": "one target per member",
    "replica": "one target per replica of the workload",
    "cluster": "one target in all",
    "prometheus": "one target per Prometheus server",
    "unknown": "any number of targets",
}


class Said(msgspec.Struct, frozen=True):
    """One consequence of a metric, in words."""

    metric: str
    labels: str
    """Matchers of the series that it speaks of (``{state="SECONDARY"}``); empty: all."""
    what: str
    because: str
    source: str
    """Key or URL."""
    condition: str
    """What must hold (``members: 1``); empty: nothing."""
    where: Where
    judgement: bool
    """Not a proof: an alert on it says nothing real there."""


def consequences(ruleset: Ruleset, topology: Topology) -> list[Said]:
    """Every consequence that a ruleset states, in its order."""
    options = known_options(topology, ruleset.ruleset, ruleset.options)
    found = []
    for name, metric in ruleset.metrics.items():
        for each in metric.when:
            where: Where = "elsewhere"
            if not each.if_:
                where = "anywhere"
            elif holds(each.if_, topology, ruleset.technology, options) == "yes":
                where = "here"
            found.append(
                Said(
                    metric=name,
                    labels=matchers(each.labels),
                    what=follows(each),
                    because=each.because,
                    source=source_key(each.source or metric.source, ruleset),
                    condition=conditions(each.if_),
                    where=where,
                    judgement=each.meaningless,
                )
            )
    return found


def grouped(said: Iterable[Said]) -> list[list[Said]]:
    """Consequences that differ in nothing but the metric together, in the order of the first of each."""
    groups: dict[Said, list[Said]] = {}
    for each in said:
        groups.setdefault(msgspec.structs.replace(each, metric="", labels=""), []).append(each)
    return list(groups.values())


def follows(each: Consequence) -> str:
    """What follows, in words."""
    words = []
    if each.absent:
        words.append("does not exist")
    if each.series is not None:
        words.append(f"has {each.series} series")
    if each.identity is not None:
        words.append(f"has one series for each {' and '.join(each.identity)}" if each.identity else "has one series")
    if each.steady:
        words.append("keeps its value")
    if each.value is not None:
        words.append(f"is always {each.value}")
    if each.range is not None:
        words.append(f"stays in {interval(each.range)}")
    if each.healthy is not None:
        words.append(f"reads {interval(each.healthy)} while all is well")
    if each.settles is not None:
        words.append(f"save for at most {each.settles} at a time")
    return ", ".join(words)


def interval(value: int | float | tuple[Bound, Bound]) -> str:
    """A number or an interval as a ruleset writes it."""
    return f"[{value[0]}, {value[1]}]" if isinstance(value, tuple) else str(value)


def matchers(labels: Mapping[str, str]) -> str:
    """Labels as a selector writes them."""
    inner = ", ".join(
        f'{label}!=""' if value == "*" else f'{label}{"=~" if "|" in value else "="}"{value}"'
        for label, value in labels.items()
    )
    return f"{{{inner}}}" if inner else ""


def conditions(if_: Mapping[str, Scalar]) -> str:
    """Conditions as a ruleset writes them."""
    return ", ".join(f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in if_.items())


def source_key(key: str | None, ruleset: Ruleset) -> str:
    """The key of a fact's source; the ruleset's first where the fact names none."""
    return key or next(iter(ruleset.sources), "")


def values(metric: Metric) -> str:
    """Which values are possible, in a few words."""
    words = []
    if metric.range is not None:
        words.append(interval(metric.range))
    if metric.integer:
        words.append("whole")
    if metric.nan:
        words.append("or NaN")
    if metric.healthy is not None:
        words.append(f"healthy {interval(metric.healthy)}")
    return " ".join(words)


def series(metric: Metric) -> str:
    """Of what there is one series per target, in a few words."""
    if metric.identity is None:
        return ""
    if not metric.identity:
        return "one per target"
    return "one per " + ", ".join(metric.identity)


def weight(metric: Metric) -> str:
    """Tier and failure mode of an alert on it; with a star where thresholds or shapes decide."""
    words = " ".join(word for word in (metric.tier, metric.mode) if word)
    return words + (" *" if words and metric.judge else "")
