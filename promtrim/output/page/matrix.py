"""The coverage as a matrix: components down, failure modes across, alerts before and after in each cell."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from promtrim.knowledge.model import FailureMode
from promtrim.plan.model import Plan

State = Literal["none", "watched", "lost", "elsewhere", "blind"]
"""Nobody asked; watched after; watched before only; watched from outside; a blind spot."""


class Square(msgspec.Struct, frozen=True):
    """One cell."""

    state: State = "none"
    before: int = 0
    after: int = 0
    told: str = ""
    """Who watches it, in words."""


class Matrix(msgspec.Struct, frozen=True):
    """The whole table; only modes and components of which there is something to say."""

    modes: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Square, ...]], ...]


def matrix(plan: Plan) -> Matrix:
    """A plan's coverage and blind spots, in the order in which failure modes are named and components met."""
    squares: dict[tuple[str, str], Square] = {}
    for cell in plan.coverage:
        key = (cell.component, cell.failure_mode)
        if cell.after:
            squares[key] = Square("watched", len(cell.before), len(cell.after), ", ".join(cell.after))
        elif cell.elsewhere:
            squares[key] = Square("elsewhere", len(cell.before), 0, "a check from outside")
        else:
            squares[key] = Square("lost", len(cell.before), 0, f"no longer: {', '.join(cell.before)}")
    for spot in plan.blind_spots:
        key = (spot.component, spot.failure_mode)
        squares[key] = Square("blind", told=spot.text)  # whoever watches it besides may not be fed either
    modes = tuple(mode for mode in get_args(FailureMode) if any(key[1] == mode for key in squares))
    components = tuple(dict.fromkeys(component for component, _ in squares))
    empty = Square()
    return Matrix(modes, tuple((name, tuple(squares.get((name, mode), empty) for mode in modes)) for name in components))
