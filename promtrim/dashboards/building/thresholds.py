"""Comparisons as Grafana's thresholds: which values fire, as steps of colour from minus infinity upwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from promtrim.dashboards.building.model import CLEAR, Step

INF = math.inf


class Firing(msgspec.Struct, frozen=True):
    """The values at which one alert fires: a union of intervals; ends do not matter to a colour."""

    intervals: tuple[tuple[float, float], ...]
    color: str
    rank: int
    """Of several alerts that fire at a value, the one with the highest rank colours it."""


def interval(op: str, number: float) -> tuple[float, float]:
    """The values for which ``value op number`` holds; one point for ``==``, all for ``!=``."""
    if op in (">", ">="):
        return (number, INF)
    if op in ("<", "<="):
        return (-INF, number)
    return (number, number) if op == "==" else (-INF, INF)


def both(left: Sequence[tuple[float, float]], right: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The values in both unions."""
    found = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return tuple((low, high) for low, high in found if low <= high)


def steps_of(firing: Sequence[Firing]) -> tuple[Step, ...]:
    """Steps of colour for what fires where; neighbours of one colour are one step."""
    ends = sorted({end for each in firing for pair in each.intervals for end in pair if math.isfinite(end)})
    edges = [-INF, *ends, INF]
    steps: list[Step] = []
    for low, high in pairwise(edges):
        color = _color(firing, low, high)
        if not steps or steps[-1].color != color:
            steps.append(Step(None if low == -INF else low, color))
    return tuple(steps)


def lines_of(firing: Sequence[Firing]) -> tuple[Step, ...]:
    """A line at each value that ``==`` and ``!=`` name; no region, since it would mark other values too."""
    colors: dict[float, tuple[int, str]] = {}
    for each in firing:
        for pair in each.intervals:
            for end in pair:
                if math.isfinite(end) and (end not in colors or colors[end][0] < each.rank):
                    colors[end] = (each.rank, each.color)
    return (Step(None, CLEAR), *(Step(value, colors[value][1]) for value in sorted(colors)))


def _color(firing: Sequence[Firing], low: float, high: float) -> str:
    inside = [each for each in firing if any(a <= low and high <= b for a, b in each.intervals)]
    return max(inside, key=lambda each: each.rank).color if inside else CLEAR


__all__ = ["Firing", "both", "interval", "lines_of", "steps_of"]
