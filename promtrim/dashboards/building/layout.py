"""Where panels stand: full lines on a grid of 24 columns, nothing over anything else, no gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from promtrim.dashboards.building.model import Board, Kind, Panel, Place

COLUMNS = 24
_HEIGHTS: dict[Kind, int] = {"timeseries": 8, "stat": 5, "state-timeline": 5, "table": 6}
_TILE_HEIGHT, _ROW_HEIGHT, _TOP_HEIGHT, _COUNT_WIDTH = 3, 1, 5, 4
_MOST_TILES, _MOST_PANELS = 8, 3
"""In one line."""


class Placed(msgspec.Struct, frozen=True):
    """A panel at its place, or the heading of a section where ``panel`` is None."""

    place: Place
    panel: Panel | None = None
    heading: str = ""


def lay_out(board: Board) -> tuple[Placed, ...]:
    """All panels of a dashboard at their places, in reading order."""
    count, table = board.firing
    found = [
        Placed(Place(0, 0, _COUNT_WIDTH, _TOP_HEIGHT), count),
        Placed(Place(_COUNT_WIDTH, 0, COLUMNS - _COUNT_WIDTH, _TOP_HEIGHT), table),
    ]
    y = _TOP_HEIGHT
    for line in _lines(board.tiles, _MOST_TILES):
        found += _line(line, y, _TILE_HEIGHT)
        y += _TILE_HEIGHT
    for section in board.sections:
        found.append(Placed(Place(0, y, COLUMNS, _ROW_HEIGHT), None, section.title))
        y += _ROW_HEIGHT
        for low, run in groupby(section.panels, key=lambda panel: _HEIGHTS[panel.kind]):
            for line in _lines(tuple(run), _MOST_PANELS):
                found += _line(line, y, low)
                y += low
    return tuple(found)


def _lines(panels: Sequence[Panel], most: int) -> list[Sequence[Panel]]:
    """Panels in as few lines as it takes, of nearly equal length, the longer ones first."""
    if not panels:
        return []
    count = -(-len(panels) // most)
    short, longer = divmod(len(panels), count)
    lines, start = [], 0
    for number in range(count):
        end = start + short + (number < longer)
        lines.append(panels[start:end])
        start = end
    return lines


def _line(panels: Sequence[Panel], y: int, height: int) -> list[Placed]:
    """One line over all columns; where they do not divide evenly, the first panels are a column wider."""
    width, wider = divmod(COLUMNS, len(panels))
    placed, x = [], 0
    for number, panel in enumerate(panels):
        own = width + (number < wider)
        placed.append(Placed(Place(x, y, own, height), panel))
        x += own
    return placed


__all__ = ["COLUMNS", "Placed", "lay_out"]
