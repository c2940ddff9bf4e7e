"""Worlds: for one expression and topology, series with samples that agree with what is known.

*Possible* worlds break everything that facts do not forbid: gaps, staleness, NaN, infinities, resets, restarts that leave
two series of one thing, metrics that are not there. *Healthy* worlds hold what the facts promise, without gaps.
"""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Iterator

import msgspec

from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.series import Range
from promtrim.promql.tree import Matcher
from tests.prove import samples
from tests.prove.identities import STEADY, Identity, Population, facts_of, matches
from tests.prove.model import LOOKBACK, Case, Kind, Native, Series, Slot, Timeline, World
from tests.prove.shape import Shape, Wanted, shape_of
from tests.prove.strings import given, passes

LOOKS = 4
BUCKETS = ("0.005", "0.1", "1", "10")
EXTRA_EVALUATIONS = 12


def worlds(
    case: Case, metrics: Metrics, count: int, seed: int = 0, kinds: tuple[Kind, ...] = ("possible", "healthy")
) -> Iterator[World]:
    """Worlds for a case, the kinds in turn; the same for the same seed."""
    shape = _one_by_one(shape_of(case.node, case.records), metrics)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        rng = random.Random(zlib.crc32(f"{seed}/{case.expr}/{number}".encode()))
        yield _Maker(case, metrics, shape, rng, kind, number).world()


def timeline_of(case: Case, shape: Shape, kind: Kind, rng: random.Random) -> Timeline:
    """How long a world lasts and how dense it is: dense where it can be, coarse where ranges are days."""
    warm = shape.reach + LOOKBACK + case.for_
    scrape = 60.0
    if warm / scrape > 240:
        scrape = LOOKBACK - 60
        # Steady presence needs samples within the lookback, and promtool loads no more than 10,000 at once.
        if warm / scrape > (240 if kind == "possible" else 4000):
            scrape = math.ceil(warm / 200 / 60) * 60.0
    ages = [number for number in shape.numbers if number >= 3600]
    if kind == "possible" and shape.clock and ages and rng.random() < 0.5:
        # Time begins at 0 in a test, so an age of days needs a long world.
        scrape = max(scrape, math.ceil(min(max(ages), 400 * 86400) * 1.3 / 200 / 60) * 60.0)
        warm = max(warm, 200 * scrape)
    grid = scrape / 2
    every = 2
    slots = (math.ceil(warm / scrape) + EXTRA_EVALUATIONS) * every + 1
    return Timeline(grid, slots, every, warm)


def _closed(metrics: Metrics, name: str, label: str) -> tuple[str, ...]:
    """The values that a label of the metric's identity has, where they are known: there is a series of each."""
    found = [k.metric.values.get(label, ()) if label in (k.metric.identity or ()) else () for k in metrics.known(name)]
    return found[0] if found else ()


def _one_by_one(shape: Shape, metrics: Metrics) -> Shape:
    """With a selector more for each value of a label that has only so many: of a metric that is present all are there."""
    more: dict[Wanted, None] = dict.fromkeys(shape.selectors)
    for wanted in shape.selectors:
        for label in {m.name for m in wanted.matchers} if wanted.name else ():
            mine = [m for m in wanted.matchers if m.name == label]
            others = tuple(m for m in wanted.matchers if m.name != label)
            values = [value for value in _closed(metrics, wanted.name or "", label) if all(passes(m, value) for m in mine)]
            more.update((Wanted(wanted.name, (*others, Matcher(label, "=", value))), None) for value in values)
    return msgspec.structs.replace(shape, selectors=tuple(more))


class _Maker:
    """Makes one world."""

    def __init__(self, case: Case, metrics: Metrics, shape: Shape, rng: random.Random, kind: Kind, number: int) -> None:
        self.case, self.metrics, self.shape, self.rng, self.kind = case, metrics, shape, rng, kind
        self.timeline = timeline_of(case, shape, kind, rng)
        if self.timeline.grid * self.timeline.every >= LOOKBACK:
            self.kind = kind = "possible"
        self.phase = rng.randrange(2)
        self.pool = samples.Pool(shape.numbers, shape.clock, self.timeline, rng, kind == "healthy")
        self.neat = number % 4 < 2
        self.crowded = not self.neat and rng.random() < 0.4
        self.native = kind == "possible" and rng.random() < (0.4 if "histogram_" in case.expr else 0.06)
        """Some of the metrics of which nothing is known are native histograms."""
        self.moods: dict[str, str] = {}
        self.restarts = 0
        self._reborn: dict[tuple[tuple[str, str], int], str] = {}
        """Where a target is after so many restarts."""

    def world(self) -> World:
        kind, fed = self._settled()
        lives = [(identity, 0, self.timeline.slots) for identity in self.population.identities]
        if self.kind == "possible" and self.rng.random() < 0.45:
            lives = self._restarted(lives)
        series: dict[tuple[str, tuple[tuple[str, str], ...]], Series] = {}
        for identity, start, end in lives:
            for one in self._sampled(identity, start, end):
                series.setdefault((one.name, tuple(sorted(one.labels.items()))), one)
        made = tuple(series.values())
        with_samples = frozenset(
            index for index, wanted in enumerate(self.shape.selectors)
            if index in fed or any(matches(wanted, one.name, one.labels) for one in made)
        )  # fmt: skip
        native = any(isinstance(slot, Native) for one in made for slot in one.slots)
        return World(kind, self.timeline, made, self._looks(lives), self.restarts, with_samples, native)

    def _settled(self) -> tuple[Kind, set[int]]:
        """Populate until a healthy world has all that is promised. One that never has is a possible world only."""
        for _ in range(10):
            self.population = Population(self.metrics, self.shape, self.rng, self.neat, self.crowded)
            fed = self._populate()
            if self.kind == "possible" or all(
                index in fed for index, wanted in enumerate(self.shape.selectors) if self._promised(wanted)
            ):
                return self.kind, fed
        return "possible", fed

    def _populate(self) -> set[int]:
        fed: set[int] = set()
        order = list(range(len(self.shape.selectors)))
        self.rng.shuffle(order)
        if self.kind == "healthy":
            order.sort(key=lambda index: not self._promised(self.shape.selectors[index]))
        missing = self.rng.random() < 0.25
        for index in order:
            wanted = self.shape.selectors[index]
            promised = self.kind == "healthy" and self._promised(wanted)
            if not promised and missing and self.rng.random() < 0.5:
                continue
            times = 1 if self.neat else self.rng.choices((1, 2, 4, 8), (1, 2, 2, 2) if self.crowded else (5, 3, 1, 0))[0]
            for _ in range(times):
                if self.population.add(index) is not None:
                    fed.add(index)
            if any(matches(wanted, one.name, one.labels) for one in self.population.identities):
                fed.add(index)
        if not self.neat or self.rng.random() < 0.3:
            for index in order:
                if self.rng.random() < 0.4:
                    self.population.add(index, matching=False)
        return fed

    def _promised(self, wanted: Wanted) -> bool:
        """Whether facts say that a healthy deployment has such a series: the metric is present, and the selector asks for
        no more than labels with given or any values, which are there because a rule's author asks for them."""
        if wanted.name is None:
            return False
        asked: dict[str, tuple[str, ...]] = {}
        refused: list[Matcher] = []
        for m in wanted.matchers:
            values = given(m)
            if values is None:
                refused.append(m)
            elif values and "" not in values:
                asked[m.name] = values
        positive = {m.name for m in wanted.matchers if given(m) is not None}
        for m in refused:
            closed = _closed(self.metrics, wanted.name, m.name)
            if m.name not in positive and not any(passes(m, value) for value in closed):
                return False
        facts = facts_of(self.metrics, wanted.name, asked)
        return facts.present and facts.absent is None

    # Restarts

    def _restarted(self, lives: list[tuple[Identity, int, int]]) -> list[tuple[Identity, int, int]]:
        """Some targets come back with another ``instance``, once or again and again."""
        targets = sorted({i.target for i, _, _ in lives if i.facts.overlap})
        if not targets:
            return lives
        target = self.rng.choice(targets)
        every = self.timeline.every
        if self.rng.random() < 0.7:
            moments = [self.rng.randrange(every, self.timeline.slots)]
        else:
            pace = max(every, int(self.rng.choice((60.0, 120.0, 240.0)) / self.timeline.grid))
            moments = list(range(self.rng.randrange(every, pace + every), self.timeline.slots, pace))
            moments = moments[-40:]
        self.restarts = len(moments)
        moving = [identity for identity, _, _ in lives if identity.target == target and identity.facts.overlap]
        staying = [life for life in lives if life[0] not in moving]
        ends = [*moments, self.timeline.slots]
        result = staying
        for turn, (start, end) in enumerate(zip([0, *moments], ends, strict=True)):
            result = result + [(self._renamed(identity, turn), start, end) for identity in moving]
        return result

    def _renamed(self, identity: Identity, turn: int) -> Identity:
        if not turn:
            return identity
        labels = dict(identity.labels)
        place = f"10.0.{turn}.{self.rng.randrange(2, 9)}:9100"
        labels["instance"] = self._reborn.setdefault((identity.target, turn), place)
        own = identity.known.metric.labels if identity.known else None
        if "pod" in labels and (own is None or "pod" not in own) and self.rng.random() < 0.7:
            labels["pod"] = f"{labels['pod']}-{turn}"
        return msgspec.structs.replace(identity, labels=labels)

    # Samples

    def _sampled(self, identity: Identity, start: int, end: int) -> list[Series]:
        facts = identity.facts.healthy if self.kind == "healthy" else identity.facts.possible
        scraped = [slot for slot in range(start, end) if slot % 2 == self.phase]
        if not scraped:
            return []
        part = identity.facts.part
        if part == "bucket" or (identity.known is None and identity.name.endswith("_bucket")):
            return self._buckets(identity, scraped)
        if self.native and identity.known is None and not identity.name.endswith("_total"):
            made = samples.damage(samples.natives(len(scraped), self.rng), facts, self.rng)
            slots: list[Slot] = [None] * self.timeline.slots
            for slot, sample in zip(scraped, made, strict=True):
                slots[slot] = sample
            return [Series(identity.name, identity.labels, tuple(slots))]
        if identity.name not in self.moods or (not self.neat and self.rng.random() < 0.4):
            kind = identity.facts.type if identity.known else "untyped"
            self.moods[identity.name] = samples.mood_for(identity.name, kind, part, self.rng)
        values = samples.values_of(self.moods[identity.name], self.pool, facts, len(scraped))
        if identity.facts.steady:
            values = values[:1] * len(values)
        if identity.facts.settles and identity.known:
            values = self._steadied(identity, values, scraped, start)
        return [Series(identity.name, identity.labels, self._placed(values, scraped, facts, identity, end))]

    def _steadied(self, identity: Identity, values: list[float], scraped: list[int], start: int) -> list[float]:
        """Values that keep to what settles, save for a while after the start."""
        asked = {label: (value,) for label, value in identity.labels.items()}
        facts = facts_of(self.metrics, identity.name, asked, STEADY)
        # While all is well nothing starts or stops, so all has settled.
        until = start + (0 if self.kind == "healthy" else int(identity.facts.settles / self.timeline.grid))
        steady = facts.healthy if self.kind == "healthy" else facts.possible
        return [value if slot < until else min(max(value, steady.lo), steady.hi)
                for slot, value in zip(scraped, values, strict=True)]  # fmt: skip

    def _placed(
        self, values: list[float], scraped: list[int], facts: Range, identity: Identity, end: int
    ) -> tuple[Slot, ...]:
        samples_: list[Slot] = list(values)
        if self.kind == "possible" or (not self._steady(identity) and self.rng.random() < 0.3):
            samples_ = samples.damage(samples_, facts, self.rng)
        slots: list[Slot] = [None] * self.timeline.slots
        for slot, value in zip(scraped, samples_, strict=True):
            slots[slot] = value
        if end < self.timeline.slots and self.rng.random() < 0.4:
            slots[end] = "stale"
        return tuple(slots)

    def _steady(self, identity: Identity) -> bool:
        """Whether a healthy deployment promises the series: by itself, or as one that a selector certainly finds."""
        return identity.facts.present or any(
            matches(wanted, identity.name, identity.labels) and self._promised(wanted) for wanted in self.shape.selectors
        )

    def _buckets(self, identity: Identity, scraped: list[int]) -> list[Series]:
        asked = [m.value for w in self.shape.selectors for m in w.matchers if m.name == "le" and m.op == "="]
        listed = [
            part
            for w in self.shape.selectors
            for m in w.matchers
            if m.name == "le" and m.op == "=~"
            for part in m.value.split("|")
        ]
        numbers = [repr(n) for n in self.shape.numbers if 0 < n < 1e6][:3] + [
            repr(n * 2) for n in self.shape.numbers if 0 < n < 1e6
        ][:2]
        bounds: dict[float, str] = {}
        for text in (*asked, *listed, *numbers, *BUCKETS, "+Inf"):
            try:
                bounds.setdefault(float(text), text)
            except ValueError:
                continue
        ordered = [bounds[bound] for bound in sorted(bounds)]
        rows = samples.histogram(self.pool, len(ordered), len(scraped))
        made = []
        for bound, row in zip(ordered, rows, strict=True):
            labels = {**identity.labels, "le": bound}
            if facts_of(self.metrics, identity.name, {label: (value,) for label, value in labels.items()}).absent is None:
                made.append(
                    Series(
                        identity.name,
                        labels,
                        self._placed(row, scraped, identity.facts.possible, identity, self.timeline.slots),
                    )
                )
        return made

    def _looks(self, lives: list[tuple[Identity, int, int]]) -> tuple[int, ...]:
        """Where to look at sub-expressions: after restarts, at the end, anywhere; only after warm-up in healthy worlds."""
        timeline = self.timeline
        moments = timeline.warmed if self.kind == "healthy" else timeline.evaluations[1:]
        after = [slot + timeline.every - slot % timeline.every for _, slot, _ in lives if slot]
        chosen = [*[slot for slot in after if slot in moments][:2], moments[-1]]
        while len(chosen) < LOOKS:
            chosen.append(self.rng.choice(moments))
        return tuple(dict.fromkeys(chosen))
