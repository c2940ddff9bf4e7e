"""What is known of a selector's series, in which view of the facts, and why. Values only."""

from __future__ import annotations

import math
from typing import Literal, Union

import msgspec

INF = math.inf

LOOKBACK = 300.0
"""Seconds for which an instant selector still sees a vanished series (Prometheus: --query.lookback-delta)."""

OF_TARGETS = frozenset(("job", "instance"))
"""Labels that all series of one scrape share."""


class View(msgspec.Struct, frozen=True):
    """Which facts count. The verdicts compare views: what only the topology says, what is only judgement."""

    topology: bool = True
    """Consequences of conditions on the topology, counts of nodes and members."""
    scraping: bool = True
    """What nothing scrapes does not exist."""
    overlap: bool = True
    """For a while after a restart there may be two of what is one."""
    settling: bool = True
    """For a while, now and then, what settles has not."""
    judgement: bool = False
    """Consequences marked ``meaningless`` count too."""
    dead: Literal["", "some", "whole"] = ""
    """Of ``up`` only the series of targets that never answer: all of them, or those of jobs that have no others."""


class Because(msgspec.Struct, frozen=True):
    """A fact in words, and where it comes from."""

    text: str
    source: str = ""
    kind: str = "topology"
    """topology, not-scraped, logic, healthy, judgement."""


class Range(msgspec.Struct, frozen=True, gc=False):
    """An interval as data: ends, whether they are open, NaN, integers."""

    lo: float = -INF
    hi: float = INF
    finite: bool = False
    nan: bool = True
    integer: bool = False


class Apart(msgspec.Struct, frozen=True, gc=False):
    """Labels of which each combination of values has one series at most."""

    by: frozenset[str]
    because: Because | None = None
    usual: bool = False
    """As a rule: a judgement."""
    overlap: float = 0.0
    """Seconds for which a restart may leave a second one."""


class SeriesFacts(msgspec.Struct, frozen=True, gc=False):
    """What is known of the series of one selector."""

    absent: Because | None = None
    possible: Range = Range()
    healthy: Range = Range()
    series: float = INF
    """How many there are at most, restarts aside."""
    apart: Apart | None = None
    """What tells them apart, restarts aside; None where that is not known."""
    one_target: Apart | None = None
    """Labels of which each combination has one target at most, restarts aside, whatever series each target has."""
    overlap: bool = True
    """Whether a restart may leave a second one for a while."""
    own: frozenset[str] | None = None
    """All labels that the exporter sets, the others being those of its targets; None where they are not known."""
    traits: frozenset[str] = frozenset()
    """Own labels that say what a series is like, not which one it is: it is there whatever they are."""
    counts: dict[str, float] = {}
    """How many values labels have at most that name what the topology counts."""
    steady: bool = False
    """Each series keeps its value."""
    settles: float = 0.0
    """Seconds for which some fact, left out in this view, may not hold at a time; 0: there is none."""
    present: bool = False
    """There is one at all times in every healthy world."""
    values: dict[str, tuple[str, ...]] = {}
    """Closed sets of label values."""
    because: tuple[Because, ...] = ()
    """The facts that say more than the metric's type does."""
    judged: bool = False
    """Some consequence is a judgement and was left out in this view."""
    part: str = ""
    type: str = "untyped"


UNKNOWN = SeriesFacts()


Demand = tuple[tuple[str, Union[frozenset[str], None]], ...]  # noqa: UP007 - a value, not an annotation
"""What a selector demands: labels with the finite sets of values that it lets through, None for other positive
conditions."""
Demanded = dict[str, Union[frozenset[str], None]]  # noqa: UP007
