"""The coverage table: component by failure mode, how many alerts watch it before and after, and what nobody watches."""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.output.terminal import one_line
from promtrim.plan.model import Plan

HEADER = ("COMPONENT", "MODE", "BEFORE", "AFTER", "WATCHED BY")
MOST_NAMES = 3


def table(plan: Plan) -> str:
    """Draw the table; blind spots are the rows that say so."""
    rows: list[tuple[str, ...]] = [HEADER]
    for cell in plan.coverage:
        names = cell.after[:MOST_NAMES]
        more = len(cell.after) - len(names)
        said = ", ".join((*names, *([f"and {more} more"] if more > 0 else [])))
        if cell.elsewhere:
            said = ", ".join(filter(None, (said, "a check from outside")))
        rows.append((cell.component, cell.failure_mode, str(len(cell.before)), str(len(cell.after)), said or "nobody"))
    known = {(cell.component, cell.failure_mode) for cell in plan.coverage}
    rows += [
        (spot.component, spot.failure_mode, "0", "0", "nobody: a blind spot")
        for spot in plan.blind_spots
        if (spot.component, spot.failure_mode) not in known
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER) - 1)]
    return "".join(f"{_drawn(row, widths)}\n" for row in rows)


def _drawn(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [one_line(cell).ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join((*cells, one_line(row[-1]))).rstrip()
