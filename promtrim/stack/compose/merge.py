"""Several compose files to one, with variables expanded, as ``docker compose config`` would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from promtrim.stack.kustomize.patch import copy
from promtrim.yamltext.located import RESET, Place, YamlList, YamlMap

_REPLACED = frozenset({"command", "entrypoint", "test"})
"""Lists that a later file replaces; it adds to all others."""

_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)|\{(?P<braced>[_a-zA-Z][_a-zA-Z0-9]*)(?P<rest>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\})"
)


def merge(base: YamlMap, over: YamlMap) -> None:
    """Lay a compose file (or a part of one) over another, in place."""
    for key, value in over.items():
        if getattr(value, "tag", None) == RESET:
            base.pop(key, None)
            base.places.pop(key, None)
            continue
        below = base.get(key)
        if getattr(value, "tag", None) == "!override" or below is None or key in _REPLACED:
            base.put(key, copy(value), over.at(key))
        elif isinstance(below, (YamlMap, YamlList)) and isinstance(value, (YamlMap, YamlList)):
            base.put(key, _merge_values(key, below, value), base.at(key))
        elif value is not None:
            base.put(key, value, over.at(key))


def _merge_values(key: str, below: YamlMap | YamlList, value: YamlMap | YamlList) -> YamlMap | YamlList:
    if key in ("environment", "labels", "depends_on", "networks", "extra_hosts", "args", "sysctls", "annotations"):
        # Written as a list or as a mapping: a mapping from here on.
        named = named_entries(below)
        merge(named, named_entries(value))
        return named
    if isinstance(below, YamlMap) and isinstance(value, YamlMap):
        merge(below, value)
        return below
    if isinstance(below, YamlList) and isinstance(value, YamlList):
        if key == "volumes":
            return _merge_volumes(below, value)
        for index, item in enumerate(value):
            if item not in below:
                below.put(copy(item), value.at(index))
        return below
    return value


def _merge_volumes(below: YamlList, value: YamlList) -> YamlList:
    """By the path in the container: a later file's mount takes the place of an earlier one's."""
    result = YamlList(below.place)
    targets = {target_of(item) for item in value}
    for source, kept in ((below, False), (value, True)):
        for index, item in enumerate(source):
            if kept or target_of(item) not in targets:
                result.put(item, source.at(index))
    return result


def target_of(volume: Any) -> str:
    """Where a volume stands in the container."""
    if isinstance(volume, dict):
        return str(volume.get("target", ""))
    parts = str(volume).split(":")
    if len(parts) > 1 and len(parts[0]) == 1 and parts[1].startswith("\\"):  # C:\folder:/target
        parts = [":".join(parts[:2]), *parts[2:]]
    return parts[1] if len(parts) > 1 else parts[0]


def named_entries(value: Any) -> YamlMap:
    """``[A=1, B]`` and ``{A: 1, B:}`` as the latter."""
    if isinstance(value, YamlMap):
        return value
    result = YamlMap(value.place if isinstance(value, YamlList) else Place("", 0, 0))
    for index, item in enumerate(value if isinstance(value, YamlList) else ()):
        name, equals, text = str(item).partition("=")
        result.put(name, text if equals else None, value.at(index))
    return result


def expand(value: Any, variables: Mapping[str, str], unknown: dict[str, Place], place: Place) -> Any:
    """Expand variables in every scalar; of those that are not set the places are noted, and they become ""."""
    if isinstance(value, YamlMap):
        for key, each in value.items():
            value[key] = expand(each, variables, unknown, value.at(key))
    elif isinstance(value, YamlList):
        for index, each in enumerate(value):
            value[index] = expand(each, variables, unknown, value.at(index))
    elif isinstance(value, str) and "$" in value:
        return _expand_text(value, variables, unknown, place)
    return value


def _expand_text(text: str, variables: Mapping[str, str], unknown: dict[str, Place], place: Place, depth: int = 0) -> str:
    def one(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        name, rest = match["name"] or match["braced"], match["rest"] or ""
        operator = next((each for each in (":-", ":?", ":+", "-", "?", "+") if rest.startswith(each)), "")
        given = variables.get(name)
        there = given is not None and (given != "" or not operator.startswith(":"))
        inner = rest[len(operator) :]
        if operator.endswith("+"):
            return _again(inner) if there else ""
        if there:
            return given or ""
        if operator.endswith("-"):
            return _again(inner)
        unknown.setdefault(name, place)
        return ""

    def _again(inner: str) -> str:
        return _expand_text(inner, variables, unknown, place, depth + 1) if depth < 5 else inner

    return _VARIABLE.sub(one, text)
