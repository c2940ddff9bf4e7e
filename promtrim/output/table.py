"""The table that ``classify`` prints: one line per rule, in the order of the files."""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.output.summary import place
from promtrim.output.terminal import Paint, one_line
from promtrim.plan.model import Decided, Plan

HEADER = ("DECISION", "REASON", "VERDICT", "CAUSE", "TIER", "MODE", "COMPONENT", "RULE", "PLACE")

Row = tuple[str, ...]


def table(plan: Plan, paint: Paint = Paint()) -> str:  # noqa: B008 - frozen
    """Draw the table. Cells stand two or more spaces apart and empty ones read ``-``: awk can read it."""
    rows: list[Row] = [HEADER, *(_row(decided) for decided in plan.rules)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    widths[-1] = 0
    lines = [paint.bold(_drawn(rows[0], widths))]
    for row, decided in zip(rows[1:], plan.rules, strict=True):
        line = _drawn(row, widths)
        lines.append(paint.good(line) if decided.keep else line)
    return "\n".join(lines) + "\n"


def _row(decided: Decided) -> Row:
    judged = decided.judged
    rule = judged.rule
    cells = (
        "keep" if decided.keep else "drop",
        decided.reason.code,
        judged.verdict,
        judged.cause,
        judged.tier,
        judged.failure_mode,
        ",".join(judged.components),
        rule.name,
        place(rule.file, rule.line),
    )
    return tuple(one_line(cell) if cell else "-" for cell in cells)


def _drawn(row: Row, widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
