"""YAML as plain values that know where they stand: maps and lists with the line of each entry.

For files that are read, not cut: topologies, configuration, manifests, compose files. Bounded in nesting and
in what aliases may unfold to, because libyaml's composer is not. Text that is to be written back byte for
byte is for :mod:`promtrim.yamltext`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import yaml

from promtrim.errors import InputError

MAX_DEPTH = 100
MAX_NODES = 2_000_000
"""Nodes after aliases are unfolded: far above any honest file, far below what hurts."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a value stands: file as given, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class YamlMap(dict[str, Any]):
    """A mapping; ``place`` is its own, ``places`` that of each key."""

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: Any, place: Place) -> None:
        """Set a value that stands at a place."""
        self[key] = value
        self.places[key] = place

    def at(self, key: str) -> Place:
        """Where a key stands; the mapping itself where it has no place of its own."""
        return self.places.get(key, self.place)


class YamlList(list[Any]):
    """A sequence; ``place`` is its own, ``places`` that of each item."""

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def put(self, value: Any, place: Place) -> None:
        """Append a value that stands at a place."""
        self.append(value)
        self.places.append(place)

    def at(self, index: int) -> Place:
        """Where an item stands."""
        return self.places[index] if 0 <= index < len(self.places) else self.place


def place_of(value: Any, path: tuple[str | int, ...], file: str) -> Place:
    """The place of what a path leads to, or of the nearest thing on the way there."""
    place = value.place if isinstance(value, (YamlMap, YamlList)) else Place(file, 1, 1)
    for step in path:
        if (isinstance(value, YamlMap) and isinstance(step, str) and step in value) or (
            isinstance(value, YamlList) and isinstance(step, int) and 0 <= step < len(value)
        ):
            place = value.at(step)  # type: ignore[arg-type]
            value = value[step]  # type: ignore[index]
        else:
            break
    return place


def read_one(text: str, file: str, *, floats: bool = True) -> Any:
    """The only document of a text, or None where it is empty.

    Args:
        floats: False leaves numbers with a fraction as they are written (``2.40`` is a version, not 2.4).

    Raises:
        InputError: no YAML, more than one document, a key twice, or deeper or larger than the bounds.
    """
    documents = read_all(text, file, floats=floats, unique=True)
    first = next(documents, None)
    second = next(documents, None)
    if second is not None:
        raise InputError("a second YAML document begins here, keep one per file", file, second[0].line, second[0].column)
    return first[1] if first else None


def read_all(text: str, file: str, *, floats: bool = True, unique: bool = False) -> Iterator[tuple[Place, Any]]:
    """The documents of a text, each with the place where it begins.

    Args:
        unique: whether a key that stands twice is an error; else the last one counts, as for kubectl.

    Raises:
        InputError: as in :func:`read_one`, when the iteration gets there.
    """
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        parser = loader(text.lstrip("\ufeff"))
    except yaml.YAMLError as error:
        raise _bad(error, text, file) from None
    try:
        yield from _Reader(parser, file, floats, unique, "{{" in text).documents()
    except yaml.YAMLError as error:
        raise _bad(error, text, file) from None
    finally:
        parser.dispose()


_TEMPLATE = "; {{ looks like a Helm template, render it first with helm template"


def _bad(error: yaml.YAMLError, text: str, file: str) -> InputError:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if "{{" in text:
        said += _TEMPLATE
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return InputError(f"this is no YAML: {said}", file, line, column)


class _Reader:
    """Builds values from libyaml's events."""

    def __init__(self, parser: Any, file: str, floats: bool, unique: bool, template: bool) -> None:
        self._parser = parser
        self._file = file
        self._floats = floats
        self._unique = unique
        self._template = template
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()

    def documents(self) -> Iterator[tuple[Place, Any]]:
        next_event = self._parser.get_event
        while True:
            event = next_event()
            if isinstance(event, yaml.StreamEndEvent):
                return
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
                first = next_event()
                place = self._place(first)
                value, _ = self._value(first, 0)
                yield place, value

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _value(self, event: Any, depth: int) -> tuple[Any, int]:
        """The value that an event begins, and how many nodes it unfolds to."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if isinstance(event, yaml.ScalarEvent):
            value, size = self._scalar(event), 1
        elif depth >= MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels, flatten it")
        else:
            if event.anchor:
                self._open.add(event.anchor)
            mapping = isinstance(event, yaml.MappingStartEvent)
            value, size = self._mapping(event, depth) if mapping else self._sequence(event, depth)
            self._open.discard(event.anchor)
        if size > MAX_NODES:
            raise self._error(event, f"aliases unfold to more than {MAX_NODES} nodes, write it out smaller")
        if event.anchor:
            self._anchors[event.anchor] = value, size
        return value, size

    def _alias(self, event: Any) -> tuple[Any, int]:
        if event.anchor in self._open:
            raise self._error(event, f"*{event.anchor} stands inside what it names, write it out")
        if event.anchor not in self._anchors:
            raise self._error(event, f"*{event.anchor} names nothing above it, define &{event.anchor} first")
        return self._anchors[event.anchor]

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag == "!!str" or event.tag == "tag:yaml.org,2002:str" or not event.implicit[0]:
            return text
        value = plain(text)
        return text if isinstance(value, float) and not self._floats else value

    def _sequence(self, start: Any, depth: int) -> tuple[YamlList, int]:
        result, size = YamlList(self._place(start)), 1
        while not isinstance(event := self._parser.get_event(), yaml.SequenceEndEvent):
            value, inner = self._value(event, depth + 1)
            size += inner
            result.put(value, self._place(event))
        return result, size

    def _mapping(self, start: Any, depth: int) -> tuple[YamlMap, int]:
        result, size = YamlMap(self._place(start)), 1
        merged: list[Any] = []
        while not isinstance(event := self._parser.get_event(), yaml.MappingEndEvent):
            key = self._key(event)
            place = self._place(event)
            value, inner = self._value(self._parser.get_event(), depth + 1)
            size += inner
            if key == "<<" and event.implicit[0]:
                merged.extend(value if isinstance(value, list) else [value])
                continue
            if key in result and self._unique:
                line = result.at(key).line
                raise self._error(event, f"key {key!r} stands here and in line {line}, keep one")
            result.put(key, value, place)
        for source in merged:
            if not isinstance(source, YamlMap):
                raise self._error(start, "<< takes a mapping or a list of mappings")
            for key, value in source.items():
                if key not in result:
                    result.put(key, value, source.at(key))
        return result, size

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            value = self._alias(event)[0]
            if isinstance(value, str):
                return value
        elif isinstance(event, yaml.ScalarEvent):
            text: str = event.value
            if event.anchor:
                self._anchors[event.anchor] = text, 1
            return text
        hint = _TEMPLATE if self._template else ", quote it"
        raise self._error(event, f"a key must be plain text{hint}")

    def _error(self, event: Any, message: str) -> InputError:
        place = self._place(event)
        return InputError(message, self._file, place.line, place.column)


_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
for _true, _false in (("true", "false"), ("yes", "no"), ("on", "off")):
    for _form in (str, str.capitalize, str.upper):
        _WORDS[_form(_true)] = True
        _WORDS[_form(_false)] = False

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)$")
_OTHER_INTEGER = re.compile(r"([-+]?)0(?:x([0-9a-fA-F]+)|o?([0-7]+)|b([01]+))$")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$")


def plain(text: str) -> bool | int | float | str | None:
    """What a plain scalar means: YAML 1.1's words and numbers, without its dates and its base 60."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first not in "+-.0123456789" or len(text) > 40:
        return text
    if _INTEGER.match(text):
        return int(text)
    if match := _OTHER_INTEGER.match(text):
        sign, sixteen, eight, two = match.groups()
        number = int(sixteen, 16) if sixteen else int(eight, 8) if eight else int(two, 2)
        return -number if sign == "-" else number
    if _FLOAT.match(text):
        return float(text)
    if _SPECIAL.match(text):
        return float(text.replace(".", ""))
    return text


def walk(value: Any, visit: Callable[[tuple[str, ...], Place], None]) -> None:
    """Call ``visit`` with path and place of every scalar and empty collection below a value."""

    def below(inner: Any, path: tuple[str, ...], place: Place) -> None:
        if isinstance(inner, YamlMap) and inner:
            for key, each in inner.items():
                below(each, (*path, key), inner.at(key))
        else:
            visit(path, place)

    if isinstance(value, YamlMap):
        below(value, (), value.place)
