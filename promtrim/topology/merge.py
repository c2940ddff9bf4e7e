"""One topology from what a person wrote and what was read off: laying the two over each other, with sources.

What a person wrote into a file corrects what was read off; what only a preset says yields to it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from promtrim.rulefile.model import Problem
from promtrim.topology.model import Topology

Path = tuple[str, ...]

_ENTRIES = frozenset({"workloads", "datastores", "jobs"})
"""Sections whose entries say something by being there, even where nothing stands below them."""


def merge_topologies(stated: Topology, detected: Topology) -> tuple[Topology, list[Problem]]:
    """What both say together, and where a person's file contradicts what was read off.

    Args:
        stated: of a file, a preset or a value; entries whose source is a preset yield.
        detected: read off manifests, compose files and configurations.
    """
    below = _values(stated)
    over = _values(detected)
    sources = {**stated.sources, **detected.sources}
    problems: list[Problem] = []
    merged = dict(below)
    for path, value in over.items():
        name = ".".join(path)
        mine = stated.sources.get(name, "")
        if path not in below or below[path] == value or mine.startswith("preset "):
            merged[path] = value
            continue
        sources[name] = mine
        if value != {}:
            problems.append(_conflict(name, below[path], mine, value, detected.sources.get(name, "what was read off")))
    merged.pop(("sources",), None)
    whole = _nested(merged)
    _mend_modes(whole, below)
    whole["sources"] = sources
    return msgspec.convert(whole, Topology), problems


def with_sources(detected: Topology, stated: Topology | None) -> tuple[Topology, list[Problem]]:
    """What was read off, corrected by what a person wrote, if anything."""
    return (detected, []) if stated is None else merge_topologies(stated, detected)


def _values(topology: Topology) -> dict[Path, Any]:
    """What a topology says, by path; what is open or as by default says nothing."""
    found: dict[Path, Any] = {}

    def collect(value: Any, default: Any, path: Path) -> None:
        if isinstance(value, dict) and path[-1:] != ("labels",) and path != ("prometheus", "external-labels"):
            if not value and (path == ("jobs",) or (len(path) == 2 and path[0] in _ENTRIES)):
                found[path] = {}
            for key, each in value.items():
                collect(each, default.get(key) if isinstance(default, dict) else None, (*path, key))
        elif _says(value, default, path):
            found[path] = value

    plain = msgspec.to_builtins(topology)
    plain.pop("sources")
    collect(plain, msgspec.to_builtins(Topology()), ())
    for section in _ENTRIES:
        for name in plain.get(section) or ():
            if not any(path[:2] == (section, name) for path in found):
                found[(section, name)] = {}
    return found


def _says(value: Any, default: Any, path: Path) -> bool:
    """Whether a value says something: ``false`` does where nothing said would be open, not false."""
    if value is False:
        return default is None and path[-1] != "external"
    return value is not None and value not in ([], (), {}) and value != default


def _nested(values: dict[Path, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for path, value in values.items():
        holder = whole
        for step in path[:-1]:
            holder = holder.setdefault(step, {})
        if value == {} and isinstance(holder.get(path[-1]), dict):
            continue
        holder[path[-1]] = value
    return whole


def _mend_modes(whole: dict[str, Any], stated: dict[Path, Any]) -> None:
    """A person who says that there are several members says that none stands alone."""
    for name, store in (whole.get("datastores") or {}).items():
        members = stated.get(("datastores", name, "members"))
        alone = store.get("mode") == "standalone" and ("datastores", name, "mode") not in stated
        if alone and members not in (None, 1, "1", 0):
            del store["mode"]


def _conflict(name: str, mine: Any, where: str, theirs: Any, there: str) -> Problem:
    said = f"{name} is {mine} in {where or 'the topology'} and {theirs} in {there}: the topology counts"
    file, _, line = where.rpartition(":")
    return Problem("conflict", said, file or where, int(line) if line.isdecimal() else 0)
