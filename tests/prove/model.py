"""The values of the proof: cases, series, worlds, and what Prometheus observed in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, Union

import msgspec

from promtrim.evaluate.context import Record
from promtrim.promql.tree import Node
from promtrim.topology.model import Topology

Kind = Literal["possible", "healthy"]
LOOKBACK = 300.0
"""Seconds; Prometheus's default, which promtool uses."""



class Native(msgspec.Struct, frozen=True):
    """A sample that is a native histogram."""

    counts: tuple[int, ...]
    """Observations up to 1, 2, 4, ..."""
    sum: float


Slot = Union[float, Native, Literal["stale"], None]  # noqa: UP007 - evaluated at run time on Python 3.10
"""A sample, a staleness marker, or nothing, at one moment of the grid."""


class Case(msgspec.Struct, frozen=True):
    """An alert to be proven in a topology."""

    name: str
    """For people: where it comes from."""
    expr: str
    node: Node
    for_: float
    topology: Topology
    records: Mapping[str, tuple[Record, ...]] = {}
    """The recording rules that count, by name."""
    live: bool = False
    """Labelled as one that can fire, so that some world must make it fire."""


class Series(msgspec.Struct, frozen=True):
    """One series of a world."""

    name: str
    labels: dict[str, str]
    slots: tuple[Slot, ...]

    def notation(self) -> str:
        """As promtool and people write it."""
        inner = ", ".join(f"{label}={quoted(value)}" for label, value in sorted(self.labels.items()))
        return f"{self.name}{{{inner}}}"

    def values(self) -> str:
        """Promtool's notation of the samples."""
        return " ".join(_slot(slot) for slot in self.slots)


def quoted(text: str) -> str:
    """A PromQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _slot(slot: Slot) -> str:
    if slot is None:
        return "_"
    if isinstance(slot, str):
        return slot
    if isinstance(slot, Native):
        buckets = " ".join(map(str, slot.counts))
        return f"{{{{schema:0 sum:{slot.sum!r} count:{sum(slot.counts)} buckets:[{buckets}]}}}}"
    if math.isnan(slot):
        return "NaN"
    if math.isinf(slot):
        return "Inf" if slot > 0 else "-Inf"
    return repr(slot)


class Timeline(msgspec.Struct, frozen=True):
    """The moments of a world. Samples lie on a grid that is finer than the evaluations."""

    grid: float
    """Seconds between slots."""
    slots: int
    every: int
    """An evaluation at each so many slots, from the first on."""
    warm: float
    """Seconds after which every range and ``for`` of the expression has been filled."""

    @property
    def evaluations(self) -> list[int]:
        """Slots at which rules are evaluated."""
        return list(range(0, self.slots, self.every))

    @property
    def warmed(self) -> list[int]:
        """Those of the evaluations that come after warm-up."""
        return [slot for slot in self.evaluations if slot * self.grid >= self.warm]


class World(msgspec.Struct, frozen=True):
    """Series that agree with a topology."""

    kind: Kind
    timeline: Timeline
    series: tuple[Series, ...]
    looks: tuple[int, ...]
    """Slots at which sub-expressions are read out."""
    restarts: int = 0
    """How often a target came back with a new identity."""
    fed: frozenset[int] = frozenset()
    """Which of the expression's selectors have samples, by their position."""
    native: bool = False
    """Some samples are native histograms, which promtool reads since 3.0."""


class Sample(msgspec.Struct, frozen=True):
    """One element of a vector that Prometheus returned."""

    labels: dict[str, str]
    value: float | None
    """None: it is a native histogram."""


class Observation(msgspec.Struct):
    """What Prometheus said of one case in one world."""

    world: int
    version: str
    fired: tuple[int, ...] = ()
    """For each alert instance: at how many evaluations it fired, at any time."""
    warmed: tuple[int, ...] = ()
    """The same, after warm-up."""
    limited: bool = False
    """The alert asks for more samples than promtool loads at once (10,000), and so was not evaluated."""
    error: str | None = None
    """The alert's evaluation failed at some time; what it returned at other times is then in ``returned``."""
    returned: tuple[int, ...] = ()
    """After an error: slots at which the expression alone returned something."""
    reads: dict[tuple[int, int], Union[tuple[Sample, ...], str]] = {}  # noqa: UP007
    """Sub-expression and slot to what it returned, or the error."""


class Contradiction(msgspec.Struct, frozen=True):
    """A world in which Prometheus does what the evaluator says it cannot."""

    case: Case
    claim: str
    """What the evaluator says."""
    seen: str
    """What Prometheus says."""
    version: str
    world: int
    series: tuple[Series, ...]
    slot: int
    timeline: Timeline
