"""What a sub-expression can return: the abstract value that the evaluator passes upwards. Values only.

Two sets of worlds are kept apart: *possible* (anything may break) and *healthy* (nothing is broken).
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from promtrim.evaluate.interval import ANY, NOTHING, Interval
from promtrim.evaluate.labels import NONE, OPEN, Labels
from promtrim.knowledge.series import Apart, Because
from promtrim.promql.tree import Node

INF = math.inf
Kind = Literal["vector", "scalar", "matrix", "string"]


class State(msgspec.Struct, frozen=True, gc=False):
    """Count and values in one set of worlds."""

    lo: int
    """1: some label set is in the result at every evaluation. 0: nothing is guaranteed."""
    hi: float
    """How many series there are at most; 0: never any."""
    value: Interval


NEVER = State(0, 0, NOTHING)
UNKNOWN = State(0, INF, ANY)


class Note(msgspec.Struct, frozen=True):
    """A step of the evidence: why this sub-expression returns what it returns."""

    node: Node
    result: str
    because: Because | None = None
    of: tuple[Note, ...] = ()
    """The smaller steps that this one rests on."""


class Told(msgspec.Struct, frozen=True):
    """What tells the series of a vector apart, and the targets that they come from."""

    series: Apart | None = None
    target: Apart | None = None
    own: frozenset[str] | None = None
    """All labels that the exporter itself sets; None where they are not known."""
    counts: dict[str, float] = {}
    """How many values some of its labels have at most."""


class Result(msgspec.Struct, frozen=True):
    """The abstract value of one sub-expression."""

    node: Node
    possible: State
    healthy: State
    labels: Labels = OPEN
    kind: Kind = "vector"
    error: bool = False
    """Evaluation may fail."""
    note: Note | None = None
    parts: tuple[Result, ...] = ()
    """Results of the operands, for comparing values of two sub-expressions."""
    single: bool = False
    """At most one series exists at all, before any filter, restarts aside or not as the view says."""
    bounds: tuple[tuple[Result, Interval], ...] = ()
    """Wherever a series is in the result, the value of that operand for it is in this interval."""
    metric: str = ""
    """Name of the metric whose samples these values are made of; a cheap first test for sameness."""
    told: Told | None = None
    """What tells its series apart, filters aside; None where that is not known."""
    steady: bool = False
    """Of a range: each series keeps its value."""
    alone: bool = False
    """An aggregation of which each group holds one series at most."""

    @property
    def never(self) -> bool:
        return self.possible.hi == 0

    @property
    def always(self) -> bool:
        return self.healthy.lo > 0


def never(node: Node, note: Note | None, kind: Kind = "vector", error: bool = False) -> Result:
    """The result that holds nothing in any world; working it out may fail all the same."""
    return Result(node, NEVER, NEVER, NONE, kind, error, note)


def scalar(node: Node, possible: Interval, healthy: Interval | None = None, parts: tuple[Result, ...] = ()) -> Result:
    """A scalar: always there."""
    state = State(1, 1, possible)
    other = state if healthy is None or healthy is possible else State(1, 1, healthy)
    return Result(node, state, other, NONE, "scalar", any(part.error for part in parts), parts=parts, single=True)


def anything(node: Node, parts: tuple[Result, ...] = ()) -> Result:
    """What is not understood: any vector, and evaluation may fail."""
    return Result(node, UNKNOWN, UNKNOWN, OPEN, error=True, parts=parts)
