"""A topology while it is put together: values with their sources, and what happens when two sources disagree."""

from __future__ import annotations

from typing import Any

import msgspec

from promtrim.rulefile.model import Problem
from promtrim.topology.model import Count, Topology, parse_count

_COUNTS = frozenset({"nodes", "zones", "instances", "alertmanagers", "replicas", "members", "targets"})

_FIRST_WINS = frozenset({"kind", "namespace"})
"""Two environments may run a workload in two ways: no conflict worth a word."""


class Draft:
    """Collects values by path (``workloads``, ``backend``, ``replicas``)."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}
        self.sources: dict[tuple[str, ...], str] = {}
        self.problems: list[Problem] = []

    def put(self, path: tuple[str, ...], value: Any, source: object) -> None:
        """Set a value. Where another source says otherwise, both are told and the value widens or opens."""
        if value is None or value == () or value == {}:
            return
        if path not in self.values:
            self.values[path] = value
            self.sources[path] = str(source)
            return
        before = self.values[path]
        if before == value or before is None or path[-1] in _FIRST_WINS:
            return
        if isinstance(before, tuple) and isinstance(value, tuple):
            self.values[path] = (*before, *(each for each in value if each not in before))
            return
        first, second = self.sources[path], str(source)
        said = f"{'.'.join(path)} is {_shown(before)} in {first} and {_shown(value)} in {second}: it is taken as open"
        joined: Any = None
        if path[-1] in _COUNTS:
            joined = hull(before, value)
            if joined == before:
                return
            said = said.replace("taken as open", f"taken as {joined}")
        where = first.partition(" (")[0]
        file, _, line = where.rpartition(":")
        placed = file and line.isdecimal()
        self.problems.append(Problem("conflict", said, file if placed else where, int(line) if placed else 0))
        self.values[path] = joined
        self.sources[path] = f"{first} and {second}"

    def build(self) -> Topology:
        """The topology.

        Raises:
            msgspec.ValidationError: a value has the wrong type: a mistake in a reader.
        """
        whole: dict[str, Any] = {}
        for path, value in self.values.items():
            if value is None:
                continue
            holder = whole
            for step in path[:-1]:
                holder = holder.setdefault(step, {})
            if isinstance(value, dict) and isinstance(holder.get(path[-1]), dict):
                holder[path[-1]].update(value)
            else:
                holder[path[-1]] = value
        whole["sources"] = {".".join(path): source for path, source in self.sources.items() if source}
        return msgspec.convert(whole, Topology)


def hull(first: int | str, second: int | str) -> int | str:
    """The narrowest count that allows both."""
    one, two = parse_count(first) or Count(), parse_count(second) or Count()
    joined = Count(min(one.lo, two.lo), max(one.hi, two.hi))
    return int(joined.lo) if joined.known else str(joined)


def add(first: int | str | None, second: int | str | None) -> int | str | None:
    """The sum of two counts; open where either is."""
    one, two = parse_count(first), parse_count(second)
    if one is None or two is None:
        return None
    joined = Count(one.lo + two.lo, one.hi + two.hi)
    return int(joined.lo) if joined.known else str(joined)


def times(first: int | str | None, factor: int) -> int | str | None:
    """A count so many times."""
    one = parse_count(first)
    if one is None:
        return None
    joined = Count(one.lo * factor, one.hi * factor)
    return int(joined.lo) if joined.known else str(joined)


def _shown(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
