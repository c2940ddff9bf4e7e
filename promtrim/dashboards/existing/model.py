"""A dashboard as trimming sees it, whatever format it is written in. Values only.

Each thing knows its path in the JSON, so that it can be cut out and told by line and column.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from promtrim.dashboards.existing.grid import COLUMNS, Box
from promtrim.dashboards.existing.jsontext import Path

Language = Literal["promql", "perhaps", "expression", "panel", "other"]
"""``perhaps``: the data source does not tell, the text must. ``expression``: Grafana's own, over other queries of the
panel. ``panel``: the results of another panel."""


class Target(msgspec.Struct, frozen=True):
    """One query of a panel."""

    path: Path
    ref: str
    language: Language
    text: str
    """The query as written, "" where it is no text."""
    hidden: bool = False
    options: dict[str, Any] = {}
    """The query's own fields."""


class Panel(msgspec.Struct, frozen=True):
    path: Path
    id: int | None
    title: str
    type: str
    targets: tuple[Target, ...]
    places: tuple[Path, ...] = ()
    """Where the layout places it, in formats that keep layout and panels apart: goes with it."""
    pinned: frozenset[str] = frozenset()
    """Queries that the panel's alert is about, by refId."""
    whole: bool = False
    """A library panel: its queries are written elsewhere, so it stays or goes as a whole."""


class Row(msgspec.Struct, frozen=True):
    """A row or tab; it goes when all it held has gone."""

    path: Path
    title: str
    panels: tuple[int, ...]
    """Indices of the dashboard's panels."""
    rows: tuple[int, ...] = ()
    kind: str = "row"


class Cell(msgspec.Struct, frozen=True):
    """A box in a grid: a panel's or a row's."""

    path: Path
    """The object that holds the numbers."""
    keys: tuple[str, str, str, str]
    """Its keys for x, y, width, height."""
    box: Box
    panel: int | None = None
    row: int | None = None


class Grid(msgspec.Struct, frozen=True):
    """Boxes that share one set of coordinates."""

    cells: tuple[Cell, ...]
    columns: int = COLUMNS


class Variable(msgspec.Struct, frozen=True):
    path: Path
    name: str


class Link(msgspec.Struct, frozen=True):
    """A link of the whole dashboard."""

    path: Path
    title: str
    url: str


class View(msgspec.Struct, frozen=True):
    """A dashboard's parts, in its order."""

    title: str
    uid: str
    panels: tuple[Panel, ...]
    rows: tuple[Row, ...]
    grids: tuple[Grid, ...]
    variables: tuple[Variable, ...]
    links: tuple[Link, ...]
