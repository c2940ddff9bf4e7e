"""YAML as plain values that know where they stand: maps and lists with the line of each entry.

For files that are read, not cut: topologies, configuration, manifests, compose files. Values survive merging and
patching with the places of what they came from. Text that is to be written back byte for byte is for
:mod:`promtrim.yamltext`, which reads the YAML here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.yamltext import Alias, Lines, Node, Scalar, Sequence, compose, duplicate_key, entries, to_plain

RESET = "!reset"
"""Compose's tag for a value that takes away what an earlier file said."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a value stands: file as given, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class YamlMap(dict[str, Any]):
    """A mapping; ``place`` is its own, ``places`` that of each key, ``tag`` an application's own (``!reset``)."""

    __slots__ = ("place", "places", "tag")

    def __init__(self, place: Place, tag: str | None = None) -> None:
        super().__init__()
        self.tag = tag
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
    """A sequence; ``place`` is its own, ``places`` that of each item, ``tag`` an application's own."""

    __slots__ = ("place", "places", "tag")

    def __init__(self, place: Place, tag: str | None = None) -> None:
        super().__init__()
        self.tag = tag
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
    nodes = compose(text.removeprefix("\ufeff"), file)
    builder = _Builder(text.removeprefix("\ufeff"), file, floats, unique=True)
    if len(nodes) > 1:
        second = nodes[1]
        place = builder.place(second.start) if second else Place(file, 0, 0)
        raise InputError("a second YAML document begins here, keep one per file", file, place.line, place.column)
    return builder.value(nodes[0]) if nodes and nodes[0] else None


def read_all(text: str, file: str) -> list[tuple[Place, Any]]:
    """The documents of a text that are not empty, each with the place where it begins.

    Of a key that stands twice in a mapping the first counts.

    Raises:
        InputError: no YAML, or deeper or larger than the bounds.
    """
    text = text.removeprefix("\ufeff")
    builder = _Builder(text, file, floats=True, unique=False)
    return [(builder.place(node.start), builder.value(node)) for node in compose(text, file) if node is not None]


class _Builder:
    """Makes values of nodes; an aliased node becomes one value that stands in several places."""

    def __init__(self, text: str, file: str, floats: bool, unique: bool) -> None:
        self._lines = Lines(text)
        self._file = file
        self._floats = floats
        self._unique = unique
        self._aliased: dict[int, Any] = {}

    def place(self, offset: int) -> Place:
        position = self._lines.position(offset)
        return Place(self._file, position.line, position.column)

    def value(self, node: Node) -> Any:
        if isinstance(node, Alias):
            key = id(node.target)
            if key not in self._aliased:
                self._aliased[key] = self.value(node.target)
            return self._aliased[key]
        if isinstance(node, Scalar):
            if node.tag == RESET:
                return YamlList(self.place(node.start), RESET)
            value = to_plain(node)
            return node.value if isinstance(value, float) and not self._floats else value
        if isinstance(node, Sequence):
            items = YamlList(self.place(node.start), node.tag)
            for each in node.content:
                items.put(self.value(each), self.place(each.start))
            return items
        if self._unique and (twice := duplicate_key(node)):
            place = self.place(twice.start)
            raise InputError(
                f"the key {twice.value!r} stands twice in one mapping, keep one", self._file, place.line, place.column
            )
        result = YamlMap(self.place(node.start), node.tag)
        for name, (key_node, each) in entries(node).items():
            result.put(name, self.value(each), self.place(key_node.start))
        return result


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
