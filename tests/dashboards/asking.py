"""What tests of trimming share: the evaluator of a preset, and reading a text as a dashboard file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from promtrim.assemble import Request, facts_of, plan_for
from promtrim.dashboards.existing.files import DashboardFile, read
from promtrim.dashboards.existing.grid import Box
from promtrim.dashboards.existing.work import Asker


@lru_cache
def asker(preset: str, rules: tuple[str, ...] = ()) -> Asker:
    """The evaluator on one of the presets."""
    return Asker(*facts_of(plan_for(Request(rules, topology=preset, near="/", evidence=False)), near="/"))


def dashboards_of(text: str) -> DashboardFile:
    """A text as the file that it could be."""
    (file,) = read(["-"], stdin=text)
    return file


def overlapping(boxes: Sequence[Box]) -> set[tuple[int, int]]:
    """Pairs of boxes that share a cell."""
    return {
        (one, other)
        for one, a in enumerate(boxes)
        for other, b in enumerate(boxes[:one])
        if a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h
    }
