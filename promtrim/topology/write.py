"""A topology as YAML, each value with its source as a comment. Reading it back is for :mod:`promtrim.topology.load`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from promtrim.rulefile.model import Problem
from promtrim.topology.model import Topology

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+-]*(?:\.\.[0-9]*)?|[0-9]+\.\.[0-9]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_WIDTH = 52


def to_yaml(topology: Topology) -> str:
    """The YAML text of a topology; what is open or as by default is left out."""
    plain = msgspec.to_builtins(topology)
    sources = plain.pop("sources")
    default = msgspec.to_builtins(Topology())
    lines: list[str] = []
    for key, value in plain.items():
        if value == default[key]:
            continue
        if key == "exporters":
            _exporters(lines, value, sources)
        else:
            _entry(lines, key, _without_open(value), (key,), sources)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def to_file(topology: Topology, problems: Sequence[Problem] = (), read: Sequence[str] = ()) -> str:
    """The text of a topology file: what it was read from and what a person should know as comments, then the YAML."""
    lines = ["# What is deployed, as promtrim read it off. What is not here is open: correct and add what you know."]
    if read:
        lines += ["#", "# Read from:", *(f"#   {_comment(each)}" for each in read)]
    if problems:
        lines += ["#", "# What you should know:"]
        for each in problems:
            place = f"{each.file}:{each.line}: " if each.line else f"{each.file}: " if each.file else ""
            lines.append(f"#   {_comment(place + each.text)}")
    return "".join(f"{line}\n" for line in (*lines, "")) + (to_yaml(topology) or "{}\n")


def _without_open(value: Any) -> Any:
    """A section without what is open, empty or false by default; entries of a listing stay, even empty ones."""
    if not isinstance(value, dict):
        return value
    inner = {key: _without_open(each) for key, each in value.items()}
    return {
        key: each
        for key, each in inner.items()
        if each is not None and (each or not isinstance(each, (list, tuple))) and (key, each) not in _BY_DEFAULT
    }


_BY_DEFAULT: tuple[tuple[str, Any], ...] = (("external", False), ("labels", {}), ("external-labels", {}))


def _entry(lines: list[str], key: str, value: Any, path: tuple[str, ...], sources: dict[str, str]) -> None:
    indent = "  " * (len(path) - 1)
    source = sources.get(".".join(path), "")
    if isinstance(value, dict) and value and path != ("prometheus", "external-labels") and path[-1] != "labels":
        _line(lines, f"{indent}{_scalar(key)}:", source)
        for name, inner in value.items():
            _entry(lines, name, inner, (*path, name), sources)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        _line(lines, f"{indent}{_scalar(key)}:", source)
        lines.extend(f"{indent}  - {_flow(each)}" for each in value)
    else:
        _line(lines, f"{indent}{_scalar(key)}: {_flow(value)}", source)


def _exporters(lines: list[str], exporters: dict[str, bool], sources: dict[str, str]) -> None:
    """Those that are there first; those that are not below a comment for each reason that they share."""
    lines.append("exporters:")
    absent: dict[str, list[str]] = {}
    for name, there in exporters.items():
        if there:
            _line(lines, f"  {_scalar(name)}: true", sources.get(f"exporters.{name}", ""))
        else:
            absent.setdefault(sources.get(f"exporters.{name}", ""), []).append(name)
    for source, names in absent.items():
        if len(names) == 1:
            _line(lines, f"  {_scalar(names[0])}: false", source)
            continue
        if source:
            lines.append(f"  # {_comment(source)}:")
        lines.extend(f"  {_scalar(name)}: false" for name in names)


def _line(lines: list[str], text: str, source: str) -> None:
    lines.append(f"{text:<{_WIDTH}}  # {_comment(source)}" if source else text)


def _comment(source: str) -> str:
    """A text on one line, without what steers a terminal: names come from strangers."""
    return "".join(char if char.isprintable() else " " for char in source)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # JSON's strings are YAML's double-quoted ones.
    return json.dumps(text, ensure_ascii=True)
