"""A dashboard as the preview draws it, whatever format it was written in. Values only; the page gets them as JSON."""

from __future__ import annotations

from typing import Any

import msgspec


class Target(msgspec.Struct, frozen=True):
    """One query of a panel, its variables replaced."""

    ref: str
    expr: str
    legend: str = ""
    instant: bool = False
    """Asked for now only."""
    step: float = 0.0
    """Seconds between points at least; 0: as the page likes."""


class Look(msgspec.Struct, frozen=True):
    """How the series of one query are drawn, where it differs from the panel's way."""

    ref: str
    color: str | None = None
    dashed: bool = False


class Drawing(msgspec.Struct, frozen=True):
    """A panel or, with type ``row``, a heading."""

    id: int
    type: str
    title: str
    x: int
    y: int
    w: int
    h: int
    description: str = ""
    links: tuple[tuple[str, str], ...] = ()
    """Title and address."""
    unit: str = ""
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    soft_low: float | None = None
    soft_high: float | None = None
    steps: tuple[tuple[float | None, str], ...] = ()
    marks: str = "off"
    """How thresholds are drawn: off, line, area, line+area."""
    states: tuple[tuple[str, str, str], ...] = ()
    """Value, its text, its colour."""
    missing: str = ""
    mode: str = "value"
    """Whether a stat colours its value or its background."""
    text: str = ""
    """Of a text panel."""
    looks: tuple[Look, ...] = ()
    organize: dict[str, Any] = {}
    """Options of a table's organize transformation."""
    column_units: dict[str, str] = {}
    targets: tuple[Target, ...] = ()
    note: str = ""
    """What of the panel is not drawn."""


class Sheet(msgspec.Struct, frozen=True):
    """A whole dashboard."""

    title: str
    description: str
    drawings: tuple[Drawing, ...]
    variables: tuple[tuple[str, str], ...]
    """Name and what was taken for it."""


class Frame(msgspec.Struct, frozen=True):
    """The answer to one query."""

    ref: str
    names: tuple[str, ...] = ()
    labels: tuple[dict[str, str], ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()
    """Of each series, by the snapshot's times; of an instant query one value each."""
    more: int = 0
    """Series that were left out."""
    error: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """What Prometheus answered."""

    server: str
    start: float
    """Seconds since 1970."""
    step: float
    count: int
    now: float
    """When instant queries were asked for."""
    frames: dict[int, tuple[Frame, ...]]
    """By the drawing's id."""
