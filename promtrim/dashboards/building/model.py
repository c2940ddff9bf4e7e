"""What a dashboard shows, before it is Grafana's JSON: panels, queries, thresholds, sections. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["timeseries", "stat", "table", "state-timeline"]

GOOD, WARNING, BAD, NEUTRAL, ABSENT = "#0072B2", "#E69F00", "#D55E00", "#56B4E9", "#8E8E8E"
"""Blue, orange, vermillion, sky blue, grey: told apart with any kind of colour vision (Okabe and Ito, Color Universal
Design, 2008). Words stand beside them everywhere."""
CLEAR = "transparent"
"""Where a threshold marks nothing. Grafana then draws the line in the colour of the marked side."""


class Query(msgspec.Struct, frozen=True):
    """One PromQL query of a panel."""

    expr: str
    legend: str = ""
    """With labels as ``{{label}}``; ``__auto``: Grafana names the labels that differ."""
    limit: bool = False
    """It is the threshold of the query before it."""
    instant: bool = False


class Step(msgspec.Struct, frozen=True):
    """From this value upwards, up to the next step, this colour; None is minus infinity."""

    value: float | None
    color: str


class State(msgspec.Struct, frozen=True):
    """A value that is shown as a word."""

    value: int
    text: str
    color: str


class Link(msgspec.Struct, frozen=True):
    title: str
    url: str


class Panel(msgspec.Struct, frozen=True):
    """One panel. Values are in ``unit``, an id of Grafana's unit list (``bytes``, ``s``, ``percentunit``, ...)."""

    kind: Kind
    title: str
    queries: tuple[Query, ...]
    description: str = ""
    unit: str = "short"
    steps: tuple[Step, ...] = ()
    area: bool = False
    """Whether the steps mark a region, not only a line."""
    states: tuple[State, ...] = ()
    low: float | None = None
    """No value is less, so the axis ends there."""
    high: float | None = None
    soft_high: float | None = None
    """The axis reaches at least so far: the threshold is in sight."""
    soft_low: float | None = None
    decimals: int | None = None
    missing: str = ""
    """What stands there while the query returns nothing."""
    links: tuple[Link, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """A component: its panels, by failure mode."""

    title: str
    panels: tuple[Panel, ...]


class Variable(msgspec.Struct, frozen=True):
    """A label by which a reader may narrow the panels whose queries carry it."""

    name: str
    query: str


class Board(msgspec.Struct, frozen=True):
    """A whole dashboard."""

    title: str
    uid: str
    description: str
    tags: tuple[str, ...]
    firing: tuple[Panel, ...]
    """What fires now."""
    tiles: tuple[Panel, ...]
    """The state of each component."""
    sections: tuple[Section, ...]
    variables: tuple[Variable, ...]


class Place(msgspec.Struct, frozen=True):
    """Where a panel stands, in Grafana's units: 24 columns, lines of 30 pixels and 8 between them."""

    x: int
    y: int
    w: int
    h: int
