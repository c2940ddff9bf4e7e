"""The nodes that a YAML text is made of, as written: styles, anchors and aliases are kept. Values only.

Offsets count characters of the text, from 0. ``start`` is that of the node's anchor or tag where it has one; ``end``
is the offset after its last character (a block scalar's trailing line breaks count as its own).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

MERGE = "<<"


class Scalar(msgspec.Struct, gc=False, eq=False):
    """Text; ``value`` is what YAML makes of it, before any typing."""

    value: str
    start: int
    end: int
    style: str | None
    """None or ``""`` plain, else ``'``, ``"``, ``|`` or ``>``."""
    tag: str | None = None
    anchor: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the value may mean something other than text."""
        return not self.style and (self.tag is None or self.tag == "?")


class Sequence(msgspec.Struct, eq=False):
    """A list."""

    content: list[Node]
    start: int
    end: int
    flow: bool
    tag: str | None = None
    anchor: str | None = None


class Mapping(msgspec.Struct, eq=False):
    """Keys and values, alternating in ``content``; merge keys stand there as written (see :func:`entries`)."""

    content: list[Node]
    start: int
    end: int
    flow: bool
    tag: str | None = None
    anchor: str | None = None


class Alias(msgspec.Struct, eq=False):
    """``*name``: another node once more."""

    target: Scalar | Sequence | Mapping
    start: int
    end: int
    anchor: str
    """The name, without the asterisk."""


Node = Scalar | Sequence | Mapping | Alias


def resolve(node: Node) -> Scalar | Sequence | Mapping:
    """The node itself, or what an alias stands for."""
    return node.target if type(node) is Alias else node  # type: ignore[return-value]


def pairs(mapping: Mapping) -> Iterator[tuple[Node, Node]]:
    """Keys and values as written."""
    content = mapping.content
    return zip(content[::2], content[1::2], strict=True)


def is_merge(key: Node) -> bool:
    """Whether a key is the merge key, which only a plain ``<<`` is."""
    return type(key) is Scalar and key.value == MERGE and key.is_plain


def entries(mapping: Mapping) -> dict[str, tuple[Scalar, Node]]:
    """Key text to key and value, merge keys resolved: own keys win over merged ones, earlier merges over later.

    Keys that are no scalars are left out; of a key that stands twice the first counts (see :func:`duplicate_key`).
    """
    found: dict[str, tuple[Scalar, Node]] = {}
    merges: list[Node] = []
    for key, value in pairs(mapping):
        if is_merge(key):
            merges.append(value)
            continue
        name = resolve(key)
        if isinstance(name, Scalar):
            found.setdefault(name.value, (name, value))
    for merge in merges:
        source = resolve(merge)
        for each in source.content if isinstance(source, Sequence) else [source]:
            inner = resolve(each)
            if isinstance(inner, Mapping):
                for text, pair in entries(inner).items():
                    found.setdefault(text, pair)
    return found


def get(node: Node | None, *path: str) -> Scalar | Sequence | Mapping | None:
    """The value at a path of keys, aliases and merge keys resolved; None where there is none."""
    current = None if node is None else resolve(node)
    for key in path:
        if not isinstance(current, Mapping):
            return None
        pair = entries(current).get(key)
        if pair is None:
            return None
        current = resolve(pair[1])
    return current


def duplicate_key(mapping: Mapping) -> Scalar | None:
    """The first key that stands a second time in a mapping, or None."""
    seen: set[str] = set()
    for key, _ in pairs(mapping):
        name = resolve(key)
        if isinstance(name, Scalar) and not is_merge(key):
            if name.value in seen:
                return key if isinstance(key, Scalar) else name
            seen.add(name.value)
    return None
