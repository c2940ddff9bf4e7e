"""Label sets for an expression's selectors, as many and of such a kind as the facts allow.

A world has one *main* value for each label, which most series share, so that joins meet. Whatever a fact limits (series per
target and identity, label values, absence) is asked of the facts for the finest label set and for each selector.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

import msgspec

from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import Known
from promtrim.knowledge.series import SeriesFacts, View
from promtrim.promql.tree import Matcher
from tests.prove.shape import Shape, Wanted
from tests.prove.strings import passes, sample

ALL = View()
"""The view that verdicts rest on."""
STEADY = View(overlap=False, settling=False)
"""What holds away from restarts."""
STEADY_NAMES = {"job": "job-1", "instance": "10.0.0.1:9100"}
QUANTILES = ("0.5", "0.9", "0.99", "0", "1")


def facts_of(metrics: Metrics, name: str, labels: Mapping[str, Collection[str]], view: View = ALL) -> SeriesFacts:
    """What is known of series of a metric with these labels, each with one of some values."""
    demand = tuple((label, frozenset(values)) for label, values in sorted(labels.items()))
    return metrics.series(name, demand, view)


class Identity(msgspec.Struct):
    """One series before it has samples."""

    name: str
    labels: dict[str, str]
    facts: SeriesFacts
    known: Known | None
    """The ruleset's metric that it was made as; None where nothing is known of the name."""
    selector: int = -1
    """The selector that it was made for."""

    @property
    def target(self) -> tuple[str, str]:
        return self.labels.get("job", ""), self.labels.get("instance", "")


class Population:
    """The label sets of one world.

    Args:
        metrics: the facts.
        shape: the expression's.
        rng: decides.
        neat: one series per selector, all labels at their main values where possible.
        crowded: many, with labels that seldom agree.
    """

    def __init__(
        self, metrics: Metrics, shape: Shape, rng: random.Random, neat: bool, crowded: bool = False
    ) -> None:
        self.metrics = metrics
        self.shape = shape
        self.rng = rng
        self.neat = neat
        self.share = 0.25 if crowded else 0.75
        """How often a label has its main value."""
        self.identities: list[Identity] = []
        self._pools = _pools(shape, rng, metrics.topology.jobs or ())
        self._main = {label: rng.choice(pool) for label, pool in self._pools.items()}
        self._relabelled = {label: rng.random() < (0.8 if neat else 0.5) for label in self._pools}
        """Whether scraping adds this label where the exporter does not."""
        self._of_target: dict[tuple[str, str], dict[str, str]] = {}
        self._targets: dict[str, list[tuple[str, str]]] = {}
        self._sources: dict[str, Known | None] = {}

    def add(self, selector: int | Wanted, matching: bool = True) -> Identity | None:
        """Add a series that a selector selects; with ``matching`` off, one of its metric that may pass or not."""
        position = selector if isinstance(selector, int) else -1
        wanted = self.shape.selectors[selector] if isinstance(selector, int) else selector
        for _ in range(8):
            name = self._name(wanted)
            if name is None:
                return None
            found = self._attempt(name, wanted.matchers if matching else ())
            if found is not None:
                found.selector = position
                self.identities.append(found)
                return found
        return None

    def _name(self, wanted: Wanted) -> str | None:
        if wanted.name is not None:
            return wanted.name
        names = [m for m in wanted.matchers if m.name == "__name__"]
        candidates = [s.name for s in self.shape.selectors if s.name] + ["some_metric", "other_metric_total"]
        for matcher in names:
            text = sample(matcher.value, self.rng) if matcher.op == "=~" else None
            candidates += [text] * 3 if text else []
        fitting = [name for name in candidates if all(passes(m, name) for m in names) and _is_name(name)]
        return self.rng.choice(fitting) if fitting else None

    def _attempt(self, name: str, matchers: tuple[Matcher, ...]) -> Identity | None:
        known = self._source(name)
        labels = self._labels(known, matchers)
        if labels is None:
            return None
        facts = facts_of(self.metrics, name, {label: (value,) for label, value in labels.items()})
        identity = Identity(name, labels, facts, known)
        return identity if facts.absent is None and self.fits(identity) else None

    def _source(self, name: str) -> Known | None:
        """Which of the exporters that export a name does so in this world."""
        if name not in self._sources:
            self._sources[name] = self.rng.choice(self.metrics.known(name) or (None,))
        return self._sources[name]

    def _labels(self, known: Known | None, matchers: tuple[Matcher, ...]) -> dict[str, str] | None:
        metric = known.metric if known else None
        own = metric.labels if metric else None
        demanded: dict[str, list[Matcher]] = {}
        for matcher in matchers:
            if matcher.name != "__name__":
                demanded.setdefault(matcher.name, []).append(matcher)
        names = dict.fromkeys((*STEADY_NAMES, *(own or ()), *((metric.identity or ()) if metric else ()), *self._pools))
        names.update(dict.fromkeys(demanded))
        labels: dict[str, str] = {}
        target: tuple[str, str] | None = None
        for label in names:
            if label == "le":
                continue
            exported = own is not None and label in own
            conditions = demanded.get(label, [])
            if label == "instance" or label == "job":
                pass
            elif target is None:
                target = (labels.get("job", ""), labels.get("instance", ""))
            inherited = self._of_target.get(target, {}).get(label) if target and own is not None and not exported else None
            if inherited is not None:
                if not all(passes(m, inherited) for m in conditions):
                    return None
                if inherited:
                    labels[label] = inherited
                continue
            value = self._value(label, known, conditions, exported)
            if value is None:
                return None
            if value:
                labels[label] = value
        le = demanded.get("le")
        if le:
            value = self._value("le", known, le, True)
            if not value:
                return None
            labels["le"] = value
        if known is not None and not self._on_target(known, labels):
            return None
        if own is not None and target is not None:
            kept = self._of_target.setdefault(target, {})
            for label in names:
                if label not in own and label not in STEADY_NAMES and label != "le":
                    kept.setdefault(label, labels.get(label, ""))
        return labels

    def _on_target(self, known: Known, labels: dict[str, str]) -> bool:
        """Whether the exporter has a target with these labels, or may have one more."""
        target = (labels.get("job", ""), labels.get("instance", ""))
        targets = self._targets.setdefault(known.ruleset, [])
        if target in targets:
            return True
        for asked, others in (({}, targets), ({"job": (target[0],)}, [each for each in targets if each[0] == target[0]])):
            one = facts_of(self.metrics, known.name, asked).one_target
            if others and one is not None and not one.usual and not one.by:
                return False
        identity = known.metric.identity
        if identity is None or "instance" in identity or "job" in identity:
            targets.append(target)
            return True
        pinned = {label: (labels[label],) for label in identity if labels.get(label)}
        if len(pinned) == len(identity) and len(targets) >= facts_of(self.metrics, known.name, pinned).series:
            return False
        targets.append(target)
        return True

    def _value(self, label: str, known: Known | None, conditions: list[Matcher], exported: bool) -> str | None:
        """A value that satisfies the conditions; empty for no such label; None where there is none."""
        closed = known.metric.values.get(label) if known else None
        candidates = list(closed) if closed else list(self._pools.get(label, (f"{label}-1", f"{label}-2")))
        if label == "quantile" and not closed:
            candidates += QUANTILES
        if not closed:
            candidates += [m.value for m in conditions if m.op == "="]
            candidates += [text for m in conditions if m.op == "=~" if (text := sample(m.value, self.rng))]
        candidates = [value for value in candidates if value and all(passes(m, value) for m in conditions)]
        empty = all(passes(m, "") for m in conditions)
        if not candidates:
            return "" if empty else None
        needed = exported or label in STEADY_NAMES or bool(closed)
        if empty and not needed and not self._relabelled.get(label, True):
            return ""
        main = self._main.get(label)
        if label in STEADY_NAMES and main is None:
            main = STEADY_NAMES[label]
        if main in candidates and (self.neat or self.rng.random() < self.share):
            return main
        return self.rng.choice(candidates)

    def fits(self, new: Identity) -> bool:
        """Whether all facts about numbers of series still hold with one more; restarts are not looked at here."""
        others = [each for each in self.identities if each.name == new.name]
        if any(each.labels == new.labels for each in others):
            return False
        if new.known is not None:
            pinned: dict[str, tuple[str, ...]] = {
                label: (new.labels.get(label, ""),) for label in (new.known.metric.identity or ())
            }
            limits: list[dict[str, tuple[str, ...]]] = [{}, {"job": (new.labels.get("job", ""),)}]
            if new.known.metric.identity is not None:
                limits.append(pinned)
                same = [
                    each for each in others
                    if each.target == new.target and all(each.labels.get(k, "") in v for k, v in pinned.items())
                ]  # fmt: skip
                if same and new.known.part != "bucket":
                    return False
            apart = facts_of(self.metrics, new.name, {}).apart
            if apart is not None and not apart.usual and new.known.part != "bucket" and any(
                each.target == new.target and all(each.labels.get(k) == new.labels.get(k) for k in apart.by) for each in others
            ):
                return False
            for label, most in facts_of(self.metrics, new.name, {}).counts.items():
                alike = [each for each in self.identities if each.known and each.known.ruleset == new.known.ruleset]
                if len({each.labels[label] for each in (*alike, new) if each.labels.get(label)}) > most:
                    return False
            limits += [{label: values} for label, values in pinned.items()]
            limits += [{label: (new.labels.get(label, ""),) for label in each.labels} for each in new.known.metric.when]
            limits += [{other: values for other, values in pinned.items() if other != label} for label in pinned]
            for limit in limits:
                if new.known.part == "bucket":
                    continue
                asked = {label: values for label, values in limit.items() if "" not in values}
                count = 1 + sum(all(each.labels.get(k, "") in v for k, v in limit.items()) for each in others)
                if count > facts_of(self.metrics, new.name, asked).series:
                    return False
        return True


def _pools(shape: Shape, rng: random.Random, jobs: Collection[str]) -> dict[str, list[str]]:
    """For each label that the expression names some values: those it asks for, and others."""
    pools: dict[str, list[str]] = {}
    for label in (*STEADY_NAMES, *shape.labels):
        if label in ("le", "__name__"):
            continue
        asked: dict[str, None] = {}
        for wanted in shape.selectors:
            for m in wanted.matchers:
                if m.name != label:
                    continue
                if m.op in ("=", "!=") and m.value:
                    asked[m.value] = None
                text = sample(m.value, rng) if m.op == "=~" else None
                if text:
                    asked[text] = None
        for pattern in shape.patterns.get(label, ()):
            text = sample(pattern, rng)
            if text:
                asked[text] = None
        usual = STEADY_NAMES.get(label, f"{label}-1")
        others = [usual.replace("1", digit, 1) for digit in ("2345" if label == "instance" else "23")]
        pools[label] = list(dict.fromkeys((*asked, usual, *others)))
    if jobs:
        pools["job"] = list(dict.fromkeys((*(job for job in pools["job"] if job in jobs), *jobs)))
    return pools


def _is_name(name: str) -> bool:
    return bool(name) and all(char.isalnum() or char in "_:" for char in name) and not name[0].isdigit()


def matches(wanted: Wanted, name: str, labels: dict[str, str]) -> bool:
    """Whether a selector certainly selects a series."""
    if wanted.name is not None and wanted.name != name:
        return False
    full = {**labels, "__name__": name}
    return all(passes(matcher, full.get(matcher.name, "")) for matcher in wanted.matchers)
