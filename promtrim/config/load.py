"""``promtrim.yml`` to a :class:`~promtrim.config.model.Config`: finding it, reading it, refusing it.

What the settings do is for the stages that they are handed to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Literal, Union, cast

import msgspec

from promtrim.config.model import Config, Finding, Matcher, Operator, Override
from promtrim.errors import InputError
from promtrim.knowledge.index import shipped
from promtrim.patterns import safe
from promtrim.plan.model import Level
from promtrim.topology.load import build_topology, load
from promtrim.topology.model import Topology
from promtrim.yamltext import read_source
from promtrim.yamltext.located import YamlList, YamlMap, place_of, read_one

NAME = "promtrim.yml"
MAX_BYTES = 4 << 20


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    alert: str | None = None
    labels: Union[str, dict[str, str], None] = None  # noqa: UP007 - read at run time on Python 3.10


class _Document(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    """The shape of the file; ``schema/config.schema.json`` says the same for people and editors."""

    topology: Union[str, dict[str, Any], None] = None  # noqa: UP007
    level: Level | None = None
    keep: list[_Entry] | None = None
    drop: list[_Entry] | None = None
    rulesets: list[str] | None = None
    fail_on: list[Finding] | None = None


def find(start: str) -> str | None:
    """The nearest ``promtrim.yml`` in a folder (or a file's folder) or above it; None where none is.

    The search ends at a repository's root (the folder that holds ``.git``): what lies above is not the team's.
    """
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return os.path.relpath(path) if _below(path, os.getcwd()) else path
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = parent


def load_config(path: str | None, start: str = ".", presets: Mapping[str, str] | None = None) -> Config:
    """Read a configuration file, or the nearest one; where there is none, a configuration that says nothing.

    Args:
        path: the file; None looks for one.
        start: the file or folder to look upwards from.
        presets: texts of the topology presets by name; None takes the shipped ones.

    Raises:
        InputError, ErrorGroup: it cannot be read, or is not what it should be, with line and column.
    """
    if path is None:
        path = find(start)
        if path is None:
            return Config()
    return parse_config(read_source(path, MAX_BYTES).text, path, presets)


def parse_config(text: str, file: str, presets: Mapping[str, str] | None = None) -> Config:
    """The settings in a YAML text. Paths in it are relative to the folder of ``file``.

    Raises:
        InputError, ErrorGroup: as :func:`load_config`.
    """
    document = read_one(text, file, floats=False)
    if document is None:
        return Config(file=file)
    try:
        shape = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        from promtrim.shape import refuse

        raise refuse(document, "config", file, f"this is no configuration: {error}") from None
    known = shipped().presets if presets is None else presets
    folder = os.path.dirname(file)
    topology: Topology | str | None = None
    if isinstance(shape.topology, str):
        name = shape.topology
        topology = name if name in known else os.path.join(folder, name)
    elif shape.topology is not None:
        topology = build_topology(document["topology"], file, known)
    return Config(
        file=file,
        topology=topology,
        topology_line=0 if topology is None else document.at("topology").line,
        level=shape.level,
        overrides=(
            *_overrides("keep", shape.keep, document, file),
            *_overrides("drop", shape.drop, document, file),
        ),
        rulesets=tuple(os.path.join(folder, path) for path in shape.rulesets or ()),
        fail_on=None if shape.fail_on is None else tuple(shape.fail_on),
    )


def topology_of(config: Config, presets: Mapping[str, str] | None = None) -> Topology | None:
    """The topology that a configuration asks for; None where it asks for none.

    Raises:
        InputError, ErrorGroup: its file cannot be read or is no topology.
    """
    if not isinstance(config.topology, str):
        return config.topology
    known = shipped().presets if presets is None else presets
    if config.topology not in known and not os.path.exists(config.topology):
        raise InputError(
            f"topology: there is no file {config.topology!r} and no such preset, write a path relative"
            f" to this file or one of: {', '.join(sorted(known))}",
            config.file,
            config.topology_line,
        )
    return load(config.topology, known)


def _below(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _overrides(
    action: Literal["keep", "drop"], entries: list[_Entry] | None, document: YamlMap, file: str
) -> list[Override]:
    result = []
    for index, entry in enumerate(entries or ()):
        place = cast(YamlList, document[action]).at(index)

        def fail(key: str, message: str, item: int = index) -> InputError:
            at = place_of(document, (action, item, key), file)
            return InputError(message, file, at.line, at.column)

        if not entry.reason.strip():
            raise fail("reason", f"{action}[{index}].reason is empty, say why: it is shown with each decision")
        if not entry.alert and not entry.labels:
            raise fail("alert", f"{action}[{index}] names nothing, give it alert: or labels:")
        try:
            matchers = parse_matchers(entry.labels or "")
        except ValueError as error:
            raise fail("labels", f"{action}[{index}].labels: {error}") from None
        result.append(
            Override(
                action=action,
                alert=entry.alert or None,
                labels=matchers,
                reason=" ".join(entry.reason.split()),
                file=file,
                line=place.line,
            )
        )
    return result


_MATCHER = re.compile(r"""\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(,|$)""")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


def parse_matchers(labels: str | Mapping[str, str]) -> tuple[Matcher, ...]:
    """Conditions on labels, from a mapping (equality) or a selector: ``severity="info", team=~"web|shop"``.

    Raises:
        ValueError: not a selector, or not a regular expression.
    """
    if not isinstance(labels, str):
        return tuple(Matcher(label, "=", value) for label, value in labels.items())
    text = labels.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    result = []
    position = 0
    while position < len(text):
        match = _MATCHER.match(text, position)
        if match is None:
            raise ValueError(f'cannot read {text[position:]!r}, write for example severity="info", team=~"web|shop"')
        value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), match[3][1:-1])
        if "~" in match[2]:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"{value!r} is no regular expression: {error}") from None
            if safe(value) is None:
                raise ValueError(f"{value!r} may take very long, or match otherwise in Prometheus: write it simpler")
        result.append(Matcher(match[1], cast(Operator, match[2]), value))
        position = match.end()
    return tuple(result)
