"""Where the pieces of a document stand: what cutting needs, kept small enough for 20,000 rules. Values only.

Offsets are those of a *space*: the file's text, or the text inside a ConfigMap's scalar.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Any

import msgspec

from promtrim.yamltext import Lines, Position, Scalar, ScalarMap, Sequence, scalar_map

# The mark first and what stands before it second: so the search skips from mark to mark.
_ANCHOR = re.compile(r"&(?<![^\s\[{,]&)[^\s,\[\]{}]")
_ALIAS = re.compile(r"\*(?<![^\s\[{,]\*)[^\s,\[\]{}]")


Path = tuple[str | int, ...]
UnitKey = tuple[Path, Path]


class Space:
    """A YAML text, and where its characters stand in the file."""

    def __init__(
        self,
        text: str,
        file: str,
        outer: Space | None = None,
        scalar: Scalar | None = None,
        path: Path = (),
    ) -> None:
        self.text = text
        self.file = file
        self.outer = outer
        self.scalar = scalar
        """The scalar of the outer space that holds this text; None for a whole file."""
        self.path = path
        """The way from the outer text's root to that scalar: index of the document, then keys and indexes."""
        self._lines: Lines | None = None
        self._places: ScalarMap | None = None
        self._mapped = False

    @property
    def has_aliases(self) -> bool:
        """Whether the text may hold anchors and aliases (a false yes only costs time)."""
        return _ANCHOR.search(self.text) is not None and _ALIAS.search(self.text) is not None

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines

    @property
    def places(self) -> ScalarMap | None:
        """The offset map into the outer space, or None where there is no exact one."""
        if not self._mapped and self.outer is not None and self.scalar is not None:
            self._places = scalar_map(self.outer.text, self.scalar)
            self._mapped = True
        return self._places

    def position(self, offset: int) -> Position:
        """Line and column in the file of an offset in this space."""
        if self.outer is None:
            return self.lines.position(offset)
        assert self.scalar is not None
        if self.places is None:
            return self.outer.position(self.scalar.start)
        return self.outer.position(self.places.at[min(offset, len(self.text))])


class ListSpan(msgspec.Struct):
    """A sequence and its items. An item that is an alias has the alias's place."""

    start: int
    end: int
    flow: bool
    starts: array[int]
    ends: array[int]


def list_span(node: Sequence) -> ListSpan:
    """Where a list and its items stand."""
    content = node.content
    starts = array("q", [each.start for each in content])
    return ListSpan(node.start, node.end, node.flow, starts, array("q", [each.end for each in content]))


class GroupSpan(msgspec.Struct):
    """A rule group: its rules are the ids from ``first`` on."""

    first: int
    rules: ListSpan | None
    exprs: array[int]
    """Start and end of each rule's expression, one after the other."""
    header: dict[str, Any]
    """The group's other fields, as plain data: what a cut must leave as it is."""


class Unit(msgspec.Struct):
    """One list of rule groups."""

    space: Space
    path: Path
    """The way from the text's root to the list: index of the document, then keys and indexes."""
    key_end: int
    """Where the key ``groups`` ends."""
    groups: ListSpan
    members: list[GroupSpan]
    logql: bool = False

    @property
    def key(self) -> UnitKey:
        """What tells this list from the document's others, before and after a cut."""
        return self.space.path, self.path


class Layout(msgspec.Struct):
    """What a document keeps for cutting and for pointing into expressions."""

    space: Space
    units: list[Unit]
    first_id: int
    _firsts: list[int] | None = None
    _owners: list[tuple[Unit, GroupSpan]] | None = None

    def owner(self, rule_id: int) -> tuple[Unit, GroupSpan]:
        """The group that a rule stands in, and its list of groups."""
        if self._firsts is None or self._owners is None:
            self._owners = [(unit, group) for unit in self.units for group in unit.members]
            self._firsts = [group.first for _, group in self._owners]
        return self._owners[bisect_right(self._firsts, rule_id) - 1]
