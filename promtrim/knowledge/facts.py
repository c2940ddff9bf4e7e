"""What is known of a selector's series in one topology: the facts that the evaluator reasons from.

A fact comes with its reason, so that evidence can name it. What is not known is open: any value, any number of series.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

import msgspec

from promtrim.durations import parse_duration
from promtrim.knowledge.delivered import UP, Delivered
from promtrim.knowledge.index import Known, fitting, lookup
from promtrim.knowledge.model import Consequence, Index, Metric, Ruleset
from promtrim.knowledge.ranges import healthy_words, hull, named_type, narrow, possible_values
from promtrim.knowledge.series import OF_TARGETS, UNKNOWN, Apart, Because, Demand, Demanded, Range, SeriesFacts, View
from promtrim.knowledge.targets import Targets
from promtrim.topology.conditions import holds, known_options
from promtrim.topology.model import Topology

INF = math.inf

VARIANT = re.compile(r"(?i)(.*_)?(go)?(version|revision|commit|branch|build|hash|checksum|sha256|md5|release|image)")
"""Labels by which variants of a program or of its configuration are told apart."""


@lru_cache(maxsize=1024)
def _blurred(values: frozenset[str] | None) -> frozenset[str] | None:
    """A set of as many values, whatever they are."""
    return None if values is None else frozenset(map(str, range(len(values))))


class Metrics:
    """Answers about metrics in one topology; remembers what it has worked out."""

    def __init__(self, index: Index, topology: Topology) -> None:
        self.index = index
        self.topology = topology
        self._known: dict[str, tuple[Known, ...]] = {}
        self._telling: dict[str, frozenset[str]] = {}
        self._series: dict[tuple[str, View, Demand], SeriesFacts] = {}
        self._conditions: dict[tuple[str, tuple[tuple[str, object], ...]], bool] = {}
        self._targets = Targets(topology, index.heads)
        self._delivered = Delivered(index, topology)

    def known(self, name: str) -> tuple[Known, ...]:
        """What the rulesets say of a series name, whether they are deployed or not."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = lookup(self.index, name)
        return found

    def head(self, known: Known) -> Ruleset:
        return self.index.heads[known.ruleset]

    def series(self, name: str, demand: Demand, view: View) -> SeriesFacts:
        """Facts about the series of a metric, for what a selector demands, in one view."""
        telling = self._telling_labels(name)
        key = (name, view, tuple([pair if pair[0] in telling else (pair[0], _blurred(pair[1])) for pair in demand]))
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = self._work_out(name, dict(demand), view)
        return found

    def _telling_labels(self, name: str) -> frozenset[str]:
        """Labels whose very values make a difference; of the others only the number of values does."""
        found = self._telling.get(name)
        if found is None:
            labels = {"job", "instance"} if self._targets.jobs is not None else set()
            for known in self.known(name):
                labels.update(known.metric.values)
                for each in known.metric.when:
                    labels.update(each.labels)
            found = self._telling[name] = frozenset(labels)
        return found

    def _work_out(self, name: str, demanded: Demanded, view: View) -> SeriesFacts:
        if name == UP and view.scraping and (dead := self._delivered.up_of_dead(demanded, view)) is not None:
            return dead
        known = self.known(name)
        missing = self._delivered.missing(name, demanded, bool(known)) if view.scraping else None
        if not known:
            return SeriesFacts(absent=missing) if missing else UNKNOWN
        facts = [self._of_one(name, each, demanded, view) for each in known]
        if self._delivered_by_another(name, known) and all(_undelivered(each) for each in facts):
            return UNKNOWN
        result = facts[0] if len(facts) == 1 else _either(facts)
        if name == UP and view.scraping and not view.dead and self._delivered.some_dead(demanded):
            result = msgspec.structs.replace(result, healthy=result.possible)  # some never answer, all being well besides
        return msgspec.structs.replace(result, absent=missing) if missing and not result.absent else result

    def _delivered_by_another(self, name: str, known: tuple[Known, ...]) -> bool:
        """Whether an exporter that may be deployed could deliver the name too, by a pattern of its ruleset."""
        exporters = self.topology.exporters
        if not any(exporters.get(each.ruleset) is False for each in known):
            return False
        others = {entry.ruleset for _, entry in fitting(self.index, name)} - {each.ruleset for each in known}
        return any(exporters.get(other) is not False for other in others)

    def _of_one(self, name: str, known: Known, demanded: Demanded, view: View) -> SeriesFacts:
        metric, head = known.metric, self.head(known)
        deployed = self.topology.exporters.get(known.ruleset)
        if deployed is False and view.scraping:
            if not name.startswith(head.prefixes) and self.topology.other_metrics is not False:
                return UNKNOWN  # a name that others use too: it may be theirs
            text = f"nothing here delivers metrics of {head.title}"
            return SeriesFacts(absent=Because(text, self._source_of(f"exporters.{known.ruleset}"), "not-scraped"))
        possible = possible_values(named_type(known, name), known.part)
        healthy = narrow(possible, metric.healthy) if known.part == "" else possible
        because: list[Because] = []
        judged = False
        absent: Because | None = None
        series: float = INF
        settles = 0.0
        pinned = False
        apart: Apart | None = None
        steady = False
        targets = self._targets.exporting(metric, head, demanded) if view.topology else INF
        for each in metric.when:
            if each.meaningless and not view.judgement:
                judged = True
                continue
            if (each.if_ and not view.topology) or (each.if_ and not self._holds(each, head)):
                continue
            kind = _kind(each)
            if kind == "not-scraped" and not view.scraping:
                continue
            if each.series is not None and "job" in each.labels and self._targets.jobs is not None:
                continue  # what is usual of a job's targets, where this one's are known
            reason = Because(each.because, _source(each.source or metric.source, head), kind)
            told_by = frozenset(label for label, allowed in each.labels.items() if allowed == "*")
            # Of series without such a label nothing is said: a proof needs a selector that asks for it.
            asked_for = each.meaningless or told_by <= demanded.keys()
            if each.series == 1 and told_by and asked_for and _covers(each, demanded, told_by):
                several = self._times(head, demanded) > 1 and "job" not in told_by
                apart = apart or Apart(told_by | OF_TARGETS if several else told_by, reason)
            if not _covers(each, demanded):
                continue
            if each.settles is not None and view.settling:
                settles = max(settles, parse_duration(each.settles))
                continue
            if each.absent:
                absent = absent or reason
                continue
            because.append(reason)
            steady = steady or each.steady
            if each.identity is not None:
                apart = Apart(frozenset(each.identity if targets <= 1 else (*each.identity, *OF_TARGETS)), reason)
            pinned = pinned or (bool(each.if_) and _pins(each))
            if each.series is not None:
                series = min(series, each.series * _asked(each, demanded) * self._times(head, demanded))
            if known.part and each.value is None:
                continue
            if each.value is not None:
                value = float(each.value)
                possible = healthy = Range(value, value, True, False, value.is_integer())
            if each.range is not None:
                possible = narrow(possible, each.range, metric.nan is True)
                healthy = narrow(healthy, each.range, metric.nan is True)
            if each.healthy is not None:
                healthy = narrow(healthy, each.healthy)
        if metric.healthy is not None and known.part == "":
            because.append(Because(healthy_words(metric), _source(metric.source, head), "healthy"))
        count = self._targets.series(metric, head, known.part, targets, demanded)
        if apart is None and targets <= 1:
            apart = _apart(metric, known.part, head)
        if count < INF and count <= series:
            because.append(Because(_count_words(count, head), _source(metric.source, head), "topology"))
        scraped = deployed or self.topology.defaults.scraped is True
        present = bool(metric.present and scraped and _whole(metric, demanded))
        if pinned and not present:
            # An alert that holds whenever the series is there fires for ever or never: neither says anything.
            judged, present = True, view.judgement
        return SeriesFacts(
            absent=absent,
            possible=possible,
            healthy=healthy,
            series=min(series, count),
            apart=apart,
            one_target=self._one_target(metric, head, targets) if view.topology else None,
            # A number of series that is only stated lets their labels change, and a range sees the old ones too.
            overlap=not head.target.survives or series < count,
            own=_own(metric, known.part),
            traits=_traits(metric),
            counts={label: self._targets.values(head, label) for label in head.counts} if view.topology else {},
            steady=steady,
            settles=settles,
            present=present,
            values=metric.values,
            because=tuple(because),
            judged=judged,
            part=known.part,
            type=metric.type,
        )

    def _source_of(self, path: str) -> str:
        return self.topology.sources.get(path, "the topology")

    def _times(self, head: Ruleset, demanded: Demanded) -> float:
        """Of how many targets a number of series is said: each scrape of the same thing has them anew."""
        return self._targets.of(head, demanded) if self._targets.jobs is not None else self._targets.things(head)

    def _one_target(self, metric: Metric, head: Ruleset, targets: float) -> Apart | None:
        """By which labels its targets are told apart: by none where there is one, by the job where each has one."""
        source = _source(metric.source, head)
        # Of a metric without identity it is not said that only one program of the exporter's has it.
        if targets <= 1 and metric.identity is not None:
            return Apart(frozenset(), Because(f"there is one target of {head.title} here", source))
        if self._targets.one_a_job(head):
            text = "each workload runs once, so its job has one target"
            return Apart(frozenset(("job",)), Because(text, source, "judgement"), usual=True)
        return None

    def _holds(self, each: Consequence, head: Ruleset) -> bool:
        key = (head.ruleset, tuple(sorted(each.if_.items())))
        found = self._conditions.get(key)
        if found is None:
            options = known_options(self.topology, head.ruleset, head.options)
            found = holds(each.if_, self.topology, head.technology, options) == "yes"
            self._conditions[key] = found
        return found


def _undelivered(found: SeriesFacts) -> bool:
    return found.absent is not None and found.absent.kind == "not-scraped"


def _kind(each: Consequence) -> str:
    """What a consequence rests on. A series that a driver or collector here does not deliver is not scraped: what it
    measures exists all the same."""
    if each.meaningless:
        return "judgement"
    if not each.if_:
        return "logic"
    undelivered = all(name.startswith(("option.", "volume-")) for name in each.if_)
    return "not-scraped" if undelivered and each.absent else "topology"


def _pins(each: Consequence) -> bool:
    """Whether it leaves no choice: one value, or one series."""
    return each.value is not None or each.series is not None or isinstance(each.healthy, (int, float))


def _asked(each: Consequence, demanded: Demanded) -> float:
    """Of how many a consequence speaks that holds for any value of a label: as many as the selector asks for."""
    wanted = [demanded.get(label) for label, allowed in each.labels.items() if allowed == "*"]
    return math.prod(INF if values is None else len(values) for values in wanted)


def _covers(each: Consequence, demanded: Demanded, but: frozenset[str] = frozenset()) -> bool:
    """Whether the consequence speaks of every series that the selector can return, whatever the labels ``but`` are."""
    for label, allowed in each.labels.items():
        if label in but:
            continue
        if allowed == "*":
            if label not in demanded:
                return False
            continue
        wanted = demanded.get(label)
        if wanted is None or not wanted <= set(allowed.split("|")):
            return False
    return True


def _whole(metric: Metric, demanded: Demanded) -> bool:
    """Whether some series exists for what the selector demands, given that the metric's series exist.

    Labels of objects (job, namespace, deployment) are demanded by a rule's author because they are so; a value of a
    label with a closed set must be one of it, and one that the exporter always fills.
    """
    for label, wanted in demanded.items():
        closed = metric.values.get(label)
        if closed is not None and wanted is not None and (not wanted & set(closed) or label not in (metric.identity or ())):
            return False
    return True


def _own(metric: Metric, part: str) -> frozenset[str] | None:
    """All labels that the exporter sets."""
    if metric.labels is None:
        return None
    added = "le" if part == "bucket" else "quantile" if metric.type == "summary" and not part else None
    return frozenset(metric.labels if added is None else (*metric.labels, added))


def _traits(metric: Metric) -> frozenset[str]:
    """Labels that say what a series is like, not which one it is: a version, a build."""
    if metric.range == (1, 1):
        labels = (*(metric.labels or ()), *(metric.identity or ()))
        return frozenset(label for label in labels if VARIANT.fullmatch(label) and label not in metric.values)
    if metric.labels is None or metric.identity is None:
        return frozenset()
    return frozenset(metric.labels).difference(metric.identity, metric.values)


def _apart(metric: Metric, part: str, head: Ruleset) -> Apart | None:
    """What tells apart the series that one target exports; None where that is not wholly told."""
    by = metric.identity
    if by is None or "instance" in by:
        return None
    if part == "bucket" or (part == "" and metric.type in ("histogram", "summary")):
        return None
    each = f"one series for each {' and '.join(by)}" if by else "one such series"
    text = f"there is one target of {head.title} here, with {each}"
    return Apart(frozenset(by), Because(text, _source(metric.source, head), "topology"))


def _count_words(count: float, head: Ruleset) -> str:
    if count == 1:
        return f"there is only one such series here, from {head.title}"
    return f"there are at most {count:g} such series here"


def _source(key: str | None, head: Ruleset) -> str:
    if key is None:
        key = next(iter(head.sources), "")
    source = head.sources.get(key)
    return f"{head.title}: {source.url}" if source else f"{head.title}: {key}"


def _either(facts: list[SeriesFacts]) -> SeriesFacts:
    """What holds whichever of several exporters the metric comes from."""
    there = [each for each in facts if each.absent is None]
    if not there:
        return facts[0]
    first = there[0]
    return SeriesFacts(
        possible=hull([each.possible for each in there]),
        healthy=hull([each.healthy for each in there]),
        series=sum(each.series for each in there),
        overlap=any(each.overlap for each in there),
        steady=all(each.steady for each in there),
        settles=max(each.settles for each in facts),
        present=all(each.present for each in facts) and len(there) == len(facts),
        because=tuple(dict.fromkeys(reason for each in there for reason in each.because)),
        judged=any(each.judged for each in facts),
        part=first.part if all(each.part == first.part for each in there) else "",
        type=first.type if all(each.type == first.type for each in there) else "untyped",
    )
