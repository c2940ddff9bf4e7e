"""Samples of one series: values that the facts allow, chosen where comparisons turn.

A series has a *mood* for the length of a world (constant, rising, flapping, ...); values come from a pool around the
expression's own numbers, zeros, ends of ranges, and what floating point does badly.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from promtrim.knowledge.series import Range
from tests.prove.model import Native, Slot, Timeline

HUGE = (1e6, 1e9, 1e18, 1e300, 1.7e308)
TINY = (1e-9, 5e-324, 0.1, 0.3, 1 / 3)
COUNTER_ENDINGS = ("_total", "_count", "_sum", "_bucket")


class Pool:
    """Values worth trying in one world.

    Args:
        numbers: the expression's.
        clock: whether it compares values with the time.
        healthy: keep away from what only breaks things.
    """

    def __init__(
        self, numbers: tuple[float, ...], clock: bool, timeline: Timeline, rng: random.Random, healthy: bool
    ) -> None:
        self.rng = rng
        self.healthy = healthy
        around: list[float] = []
        for number in numbers:
            around += [number, number + 1, number - 1, number * 1.01, number * 0.99, number * 2, number / 2, -number]
            around += [1 - number, 100 - number, number / 100, number * 100]
            around += [math.nextafter(number, math.inf), math.nextafter(number, -math.inf)]
            around += [1 / number] if abs(number) > 1e-300 else []
        self.around = [value for value in around if math.isfinite(value)] or [1.0]
        self.shared = [self.any() for _ in range(3)]
        end = timeline.grid * timeline.slots
        spans = [abs(n) for n in numbers if abs(n) >= 1] + [60.0, 3600.0, 86400.0]
        self.moments = [end + sign * span * times for span in spans for sign in (-1, 1) for times in (0.5, 1.0, 1.1, 3.0)]
        self.clock = clock

    def any(self) -> float:
        """Some number, with no fact in mind."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.45:
            return rng.choice(self.around)
        if kind < 0.7:
            return rng.choice((0.0, -0.0, 1.0, 2.0, 3.0, 100.0, -1.0, 0.5))
        if kind < 0.85:
            return 10 ** rng.uniform(-3, 9)
        if kind < 0.9:
            return rng.uniform(-100, 100)
        return rng.choice(HUGE + TINY)

    def value(self, facts: Range) -> float:
        """A finite number that the facts allow."""
        rng = self.rng
        for _ in range(12):
            kind = rng.random()
            if kind < 0.2 and self.clock:
                found = rng.choice(self.moments)
            elif kind < 0.35:
                found = rng.choice(self.shared)
            elif kind < 0.5 and math.isfinite(facts.lo):
                found = facts.lo
            elif kind < 0.65 and math.isfinite(facts.hi):
                found = facts.hi
            elif kind < 0.8 and math.isfinite(facts.lo) and math.isfinite(facts.hi):
                found = rng.uniform(facts.lo, facts.hi)
            else:
                found = self.any()
            found = float(round(found)) if facts.integer and abs(found) < 1e300 else found
            found = found + 0.0 if facts.lo >= 0 else found  # an exporter's zero is a positive zero
            if facts.lo <= found <= facts.hi:
                return found
        if math.isfinite(facts.lo):
            return facts.lo + (rng.choice((0.0, 1.0, 2.0, 1000.0)) if facts.lo + 1000 <= facts.hi else 0.0)
        if math.isfinite(facts.hi):
            return facts.hi
        return float(rng.randint(-3, 3))

    def moment(self) -> float:
        return self.rng.choice(self.moments)


Moods = dict[str, Callable[[Pool, Range, int], list[float]]]


def _constant(pool: Pool, facts: Range, count: int) -> list[float]:
    return [pool.value(facts)] * count


def _two(pool: Pool, facts: Range, count: int) -> list[float]:
    """Changes between two values, seldom or often."""
    a, b = pool.value(facts), pool.value(facts)
    often = pool.rng.choice((0.02, 0.2, 0.5))
    values = []
    for _ in range(count):
        if pool.rng.random() < often:
            a, b = b, a
        values.append(a)
    return values


def _line(pool: Pool, facts: Range, count: int) -> list[float]:
    a, b = pool.value(facts), pool.value(facts)
    step = (b - a) / max(count - 1, 1)
    if not math.isfinite(step):
        return [a] * count
    values = [a + step * index for index in range(count)]
    return [float(round(v)) if facts.integer and abs(v) < 1e300 else v for v in values]


def _flap(pool: Pool, facts: Range, count: int) -> list[float]:
    a, b = pool.value(facts), pool.value(facts)
    return [a if index % 2 else b for index in range(count)]


def _wild(pool: Pool, facts: Range, count: int) -> list[float]:
    return [pool.value(facts) for _ in range(count)]


GAUGE: Moods = {"constant": _constant, "two": _two, "line": _line, "flap": _flap, "wild": _wild}


def _growing(pool: Pool, facts: Range, count: int) -> list[float]:
    """A counter: constant speed, bursts, resets, or at rest."""
    rng = pool.rng
    value = rng.choice((0.0, 0.0, 1.0, 10 ** rng.uniform(0, 9)))
    value = float(round(value))
    if rng.random() < 0.15:
        return [value] * count
    speed = rng.choice((abs(rng.choice(pool.around)) * rng.choice((0.5, 1, 61, 70, 400)), 10 ** rng.uniform(-1, 8), 1.0))
    bursts = rng.random() < 0.3
    resets = 0.05 if rng.random() < 0.3 and not pool.healthy else 0.0
    values = []
    for _ in range(count):
        values.append(value)
        if rng.random() < resets:
            value = 0.0
        elif not bursts or rng.random() < 0.2:
            value += speed
    if facts.integer:
        values = [float(math.floor(v)) for v in values]
    return [min(max(v, facts.lo), facts.hi) for v in values]


COUNTER: Moods = {"growing": _growing}


def mood_for(name: str, kind: str, part: str, rng: random.Random) -> str:
    """How a metric behaves in one world."""
    counts = (
        kind == "counter" or part in ("count", "sum", "bucket") or (kind == "untyped" and name.endswith(COUNTER_ENDINGS))
    )
    if counts and (part or kind == "counter" or rng.random() < 0.9):
        return "growing"
    return rng.choices(("constant", "line", "two", "flap", "wild"), (9, 4, 3, 2, 2))[0]


def values_of(mood: str, pool: Pool, facts: Range, count: int) -> list[float]:
    """As many values, all allowed by the facts."""
    values = (GAUGE | COUNTER)[mood](pool, facts, count)
    return [value if facts.lo <= value <= facts.hi else pool.value(facts) for value in values]


def histogram(pool: Pool, bounds: int, count: int) -> list[list[float]]:
    """Cumulative counts of a classic histogram's buckets, the smallest bound first: never falling with the bound."""
    rng = pool.rng
    totals = [math.floor(value) for value in _growing(pool, Range(0.0, math.inf, True, False), count)]
    style = rng.choice(("slow", "fast", "spread"))
    weights = [0.0 if style == "slow" else 1.0 if style == "fast" else rng.random() for _ in range(bounds - 1)]
    shares = [*sorted(weights), 1.0]
    return [[float(math.floor(total * share)) for total in totals] for share in shares]


def natives(count: int, rng: random.Random) -> list[Slot]:
    """Native histograms, growing, with a reset now and then."""
    made: list[Slot] = []
    counts = [rng.randrange(5) for _ in range(3)]
    for _ in range(count):
        made.append(Native(tuple(counts), float(sum(counts) * 2)))
        counts = [0, 0, 0] if rng.random() < 0.05 else [each + rng.choice((0, 0, 1, 7)) for each in counts]
    return made


def damage(slots: list[Slot], facts: Range, rng: random.Random) -> list[Slot]:
    """What breaks in a possible world: gaps, staleness markers, NaN and infinities where the facts allow them."""
    result = list(slots)
    if rng.random() < 0.35:
        hole = rng.choice((0.03, 0.3))
        result = [None if rng.random() < hole else slot for slot in result]
    if rng.random() < 0.25 and result:
        start = rng.randrange(len(result))
        length = rng.choice((1, 3, 12, len(result)))
        for index in range(start, min(start + length, len(result))):
            result[index] = None
        if rng.random() < 0.5:
            result[start] = "stale"
    if facts.nan and rng.random() < 0.2:
        share = rng.choice((0.1, 1.0))
        result = [math.nan if isinstance(slot, float) and rng.random() < share else slot for slot in result]
    if not facts.finite and rng.random() < 0.15:
        ends = [end for end in (math.inf, -math.inf) if facts.lo <= end <= facts.hi]
        share = rng.choice((0.1, 1.0))
        if ends:
            result = [rng.choice(ends) if isinstance(slot, float) and rng.random() < share else slot for slot in result]
    return result
