"""JSON as it stands in a file: bounded reading, the place of every value, and cuts that leave the rest as it was.

Reading is json's own, in C; places are looked for only where somebody asks, by reading the containers on the way again.
What the values mean does not belong here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Union

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.edits import Edit
from promtrim.yamltext import Lines, Position

MAX_DEPTH = 200
"""Levels of nesting at most; Grafana's own dashboards have about fifteen."""

Step = Union[str, int]  # noqa: UP007 - a value, not an annotation
Path = tuple[Step, ...]
"""The way to a value: keys of objects and indices of arrays."""

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_LEVEL = {"[": 1, "{": 1, "]": -1, "}": -1}
_HINTS = {
    "Expecting property name": "write a key in double quotes",
    "Expecting value": "write a value",
    "Expecting ',' delimiter": "put a comma between two entries",
    "Expecting ':' delimiter": "put a colon after the key",
    "Extra data": "keep one JSON value in the file",
    "Unterminated string": "close the quote",
    "Invalid control character": "write line breaks in texts as \\n",
    "Invalid \\": "double the backslash",
}


class Child(msgspec.Struct, frozen=True, gc=False):
    """One entry of an object or array. Offsets count characters of the text."""

    key: Step
    begin: int
    """Where its key begins; of an array's entry, where its value does."""
    start: int
    end: int


class _Twice(Exception):
    """An object has a key twice."""


class JsonText:
    """A JSON text and its value.

    Args:
        text: decoded, without a byte order mark.
        file: the name for errors.

    Raises:
        InputError: it is no JSON, has a key twice in one object, or is nested too deeply; with its place.
    """

    def __init__(self, text: str, file: str = "") -> None:
        self.text = text
        self.file = file
        self._children: dict[int, list[Child]] = {}
        self._lines: Lines | None = None
        self._check_depth()
        try:
            self.value: Any = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise self._broken(error) from None
        except _Twice:
            raise self._twice() from None
        except ValueError as error:  # NaN, Infinity, numbers of thousands of digits
            raise InputError(f"is no JSON that Grafana reads ({error}): correct it", file) from None

    def _broken(self, error: json.JSONDecodeError) -> InputError:
        """What is wrong and where, in the same words for every version of Python."""
        offset, said = error.pos, error.msg[:1].lower() + error.msg[1:]
        hint = next((hint for begin, hint in _HINTS.items() if error.msg.startswith(begin)), "correct it here")
        before = self.text[:offset].rstrip()
        ends = self.text[offset : offset + 1] in ("]", "}")
        if error.msg.startswith("Illegal trailing comma") or (ends and before.endswith(",")):
            offset = self.text.rindex(",", 0, offset + 1)
            said, hint = "a comma after the last entry", "take it out"
        place = self.position_of(offset)
        return InputError(f"is no JSON, {said}: {hint}", self.file, place.line, place.column)

    def span(self, path: Path) -> tuple[int, int]:
        """Where a value begins and ends.

        Raises:
            KeyError: there is no such value.
        """
        start = self._skip(0)
        if not path:
            return start, _scan(self.text, start)[1]
        for step in path:
            child = self._child(start, step)
            start = child.start
        return start, child.end

    def position(self, path: Path) -> Position:
        """Line and column of a value."""
        return self.position_of(self.span(path)[0])

    def position_of(self, offset: int) -> Position:
        """Line and column of a character."""
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines.position(offset)

    def edits(self, gone: Iterable[Path], numbers: Mapping[Path, int]) -> list[Edit]:
        """The changes that take entries out and set numbers; all else stays as it is written.

        Args:
            gone: entries of objects and arrays; those inside others that go need not be named, and may be.
        """
        by_container: dict[Path, set[Step]] = {}
        for path in gone:
            by_container.setdefault(path[:-1], set()).add(path[-1])
        edits = [edit for container, steps in by_container.items() for edit in self._out(container, steps)]
        edits += [Edit(*self.span(path), str(number)) for path, number in numbers.items()]
        return edits

    def _out(self, container: Path, steps: set[Step]) -> list[Edit]:
        """Take entries out of one container, each with the comma and the white space that are its own."""
        start, end = self.span(container)
        children = self._entries(start)
        kept = [child for child in children if child.key not in steps]
        if not kept:
            return [Edit(start + 1, end - 1)]
        edits = []
        first: Child | None = None  # of the entries in a row that go
        last_kept: Child | None = None
        for child in children:
            if child.key in steps:
                first = first or child
                continue
            if first is not None:
                edits.append(Edit(first.begin, child.begin))
                first = None
            last_kept = child
        if first is not None and last_kept is not None:
            edits.append(Edit(last_kept.end, children[-1].end))
        return edits

    def _child(self, start: int, step: Step) -> Child:
        children = self._entries(start)
        if isinstance(step, int):
            if self.text[start] == "[" and step < len(children):
                return children[step]
        elif self.text[start] == "{":
            for child in children:
                if child.key == step:
                    return child
        raise KeyError(step)

    def _entries(self, start: int) -> list[Child]:
        """The entries of the object or array that begins at an offset; the text is known to be right."""
        found = self._children.get(start)
        if found is not None:
            return found
        found = self._children[start] = []
        text, skip = self.text, self._skip
        named = text[start] == "{"
        here = skip(start + 1)
        while text[here] not in "]}":
            begin = here
            key: Step = len(found)
            if named:
                key, here = scanstring(text, here + 1, True)
                here = skip(skip(here) + 1)
            first = here
            _, here = _scan(text, here)
            found.append(Child(key, begin, first, here))
            here = skip(here)
            if text[here] == ",":
                here = skip(here + 1)
        return found

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    def _check_depth(self) -> None:
        if self.text.count("[") + self.text.count("{") <= MAX_DEPTH:
            return
        brackets = _NO_BRACKET.sub("", _STRING.sub("", self.text))
        if max(accumulate(map(_LEVEL.__getitem__, brackets)), default=0) > MAX_DEPTH:
            raise InputError(f"is nested deeper than {MAX_DEPTH} levels: no dashboard is", self.file)

    def _twice(self) -> InputError:
        """The error for the first key that stands twice in an object, in the order of the text."""
        waiting = [self._skip(0)]
        while waiting:
            start = waiting.pop()
            seen = set()
            inner = []
            for child in self._entries(start):
                if isinstance(child.key, str):
                    if child.key in seen:
                        place = self.position_of(child.begin)
                        shown = child.key if len(child.key) <= 60 else child.key[:57] + "..."
                        message = f"the key {shown!r} stands twice in one object: keep one"
                        return InputError(message, self.file, place.line, place.column)
                    seen.add(child.key)
                if self.text[child.start] in "[{":
                    inner.append(child.start)
            waiting += reversed(inner)
        raise AssertionError("no key stands twice")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
