"""Metric names in rules that no exporter exports any more, or never did: renamed, or misspelt.

These are problems for a person to look at and never verdicts: an older exporter may still be deployed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from weakref import WeakKeyDictionary

import msgspec

from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import Known
from promtrim.knowledge.model import Ruleset
from promtrim.knowledge.stored import on_shelf, shelf_of
from promtrim.promql.parse import parse
from promtrim.promql.tree import Aggregate
from promtrim.promql.walk import selectors, walk
from promtrim.rulefile.model import Problem, Rule

SUFFIXES = ("_total", "_bucket", "_count", "_sum", "_created", "_info", "_seconds", "_bytes", "_ratio")
"""What naming conventions append, and rules leave out or add by mistake."""


class Remark(msgspec.Struct, frozen=True):
    """What is to be said of a name, whatever the rule."""

    code: str
    text: str


class _Remembered:
    """What has been found out about the names of one topology's rules."""

    __slots__ = ("labels", "prefixes", "remarks")

    def __init__(self, metrics: Metrics) -> None:
        self.remarks: dict[str, Remark | None] = {}
        self.prefixes: dict[str, list[Ruleset]] = {}
        self.labels: dict[str, dict[str, str]] = {}
        for head in metrics.index.heads.values():
            for prefix in head.prefixes:
                self.prefixes.setdefault(prefix, []).append(head)
            for label, new in head.renamed_labels.items():
                self.labels.setdefault(label, {})[head.ruleset] = new


_remembered: WeakKeyDictionary[Metrics, _Remembered] = WeakKeyDictionary()


def problems_of(metrics: Metrics, rule: Rule, names: Iterable[str], recorded: Container[str] = ()) -> list[Problem]:
    """What is to be said of the metric names of one rule's expression; each name once.

    Args:
        metrics: the facts.
        rule: for the place.
        names: of the metrics that its expression asks for.
        recorded: names of recording rules, which are nobody's metrics.

    Returns:
        Problems with the codes ``renamed-metric``, ``unknown-metric`` and ``renamed-label``.
    """
    memory = _remembered.get(metrics)
    if memory is None:
        memory = _remembered[metrics] = _Remembered(metrics)
    remarks = memory.remarks
    found: list[Problem] = []
    told: set[str] = set()
    for name in names:
        if name in remarks:
            remark = remarks[name]
        else:
            remark = remarks[name] = _remark(metrics, memory, name)
        if remark is not None and name not in told and name not in recorded:
            told.add(name)
            found.append(Problem(remark.code, remark.text, rule.file, rule.line, rule.column, rule.alert))
    # Most rules hold none of these words; only the others are read once more.
    found += [
        Problem("renamed-label", text, rule.file, rule.line, rule.column, rule.alert)
        for label, rulesets in memory.labels.items()
        if label in rule.expr and (text := _renamed_label(metrics, label, rulesets, rule.expr))
    ]
    return found


def _renamed_label(metrics: Metrics, label: str, rulesets: Mapping[str, str], expr: str) -> str | None:
    """What is to be said of a label that an expression selects or groups by, and that its metrics no longer have."""
    tree = parse(expr)
    grouped = any(isinstance(node, Aggregate) and label in (node.by or ()) for node in walk(tree))
    for selector in selectors(tree):
        asked = any(m.name == label and m.op in ("=", "=~") and m.value for m in selector.matchers)
        known = metrics.known(selector.name) if selector.name and (asked or grouped) else ()
        if known and all(each.ruleset in rulesets for each in known):
            exporter = known[0].ruleset
            text = f"the label {label} of {exporter} was renamed to {rulesets[exporter]}: use the new name"
            return f"{text}, unless your relabelling adds the old one"
    return None


def _remark(metrics: Metrics, memory: _Remembered, name: str) -> Remark | None:
    known = metrics.known(name)
    if known:
        gone = [each for each in known if each.metric.renamed_to]
        return _renamed(metrics, gone[0]) if len(gone) == len(known) else None
    if ":" in name or _own(metrics, name):
        return None
    owners = [head for prefix, heads in memory.prefixes.items() if name.startswith(prefix) for head in heads]
    if not owners or not all(head.complete for head in owners):
        return None
    base = name.removesuffix("_created")
    if base != name and (metrics.known(base) or metrics.known(base + "_total")):
        return None  # OpenMetrics adds it to counters, histograms and summaries.
    return _unknown(metrics, owners, name)


def _own(metrics: Metrics, name: str) -> bool:
    """Whether a workload of the team exports it."""
    return any(
        name == own or (own.endswith("_") and name.startswith(own))
        for workload in metrics.topology.workloads.values()
        for own in workload.metrics
    )


def _renamed(metrics: Metrics, known: Known) -> Remark:
    metric, exporter = known.metric, known.ruleset
    old = f"{known.name}_{known.part}" if known.part else known.name
    new = str(metric.renamed_to)
    if known.part and any(each.part for each in metrics.known(f"{new}_{known.part}")):
        new = f"{new}_{known.part}"
    when = f"in version {metric.until} of {exporter}" if metric.until else f"in {exporter}"
    return Remark("renamed-metric", f"{old} was renamed to {new} {when}: use the new name")


def _unknown(metrics: Metrics, owners: list[Ruleset], name: str) -> Remark:
    exporters = " or ".join(dict.fromkeys(head.ruleset for head in owners))
    close = closest(name, _exported(metrics, {head.ruleset for head in owners}))
    hint = f"did you mean {close}?" if close else "check its spelling"
    text = f"{exporters} exports no metric {name}: it was renamed or is misspelt, unless a program of your own exports it"
    return Remark("unknown-metric", f"{text}; {hint}")


def _exported(metrics: Metrics, rulesets: set[str]) -> list[str]:
    """The names that the rulesets list and that are not gone themselves."""
    words = {shelf_of(prefix) for each in rulesets for prefix in metrics.index.heads[each].prefixes}
    return [
        name
        for word in sorted(words)
        for name, entries in on_shelf(metrics.index.exact, word).items()
        if any(entry.ruleset in rulesets for entry in entries)
        and not all(each.metric.renamed_to for each in metrics.known(name))
    ]


def closest(name: str, names: list[str]) -> str | None:
    """The name that somebody who wrote ``name`` probably meant; None where none is near."""
    known = set(names)
    stem = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
    for candidate in (stem, *(base + suffix for base in (name, stem) for suffix in SUFFIXES)):
        if candidate in known:
            return candidate
    longer = sorted(other for other in names if other.startswith(f"{name}_") and _near(name, other))
    near = longer or [other for other in names if _near(name, other)]
    if len(near) > 1 and not longer:
        from difflib import get_close_matches

        near = get_close_matches(name, near, 1, 0.75)
    return near[0] if near else None


def _near(name: str, other: str) -> bool:
    """Whether one word at most is misspelt, missing or too many."""
    mine, its = name.split("_"), other.split("_")
    if len(mine) == len(its):
        pairs = [(a, b) for a, b in zip(mine, its, strict=True) if a != b]
        return len(pairs) == 1 and _alike(*pairs[0])
    long, short = (mine, its) if len(mine) > len(its) else (its, mine)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _alike(word: str, other: str) -> bool:
    common = sum(min(word.count(letter), other.count(letter)) for letter in set(word))
    if 2 * common < 0.7 * (len(word) + len(other)):
        return False  # whatever their order: difflib, a hundredth of a start-up, need not be asked
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word, other).ratio() >= 0.7
