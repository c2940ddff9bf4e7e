"""From libyaml's events to nodes, within bounds.

libyaml's own composer recurses in C and crashes the process at about 100,000 levels; its events come from a loop.
What an event means beyond YAML does not belong here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import msgspec
import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from promtrim.errors import InputError
from promtrim.yamltext.nodes import Alias, Mapping, Node, Scalar, Sequence
from promtrim.yamltext.position import Lines
from promtrim.yamltext.trouble import explain, key_trouble


class PythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """The same events where PyYAML was built without libyaml, some 20 times slower."""

    def __init__(self, stream: str) -> None:
        yaml.reader.Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


_Parser: Any
try:
    from yaml._yaml import CParser as _Parser
except ImportError:
    _Parser = PythonParser


class Limits(msgspec.Struct, frozen=True):
    """How much a text may ask of us."""

    depth: int = 200
    """Levels of nesting, what aliases stand for included."""
    aliased: int = 1_000_000
    """Nodes that all aliases together may stand for."""


DEFAULT_LIMITS = Limits()


def compose(text: str, file: str = "", limits: Limits = DEFAULT_LIMITS) -> list[Node | None]:
    """The documents of a text, in order.

    Args:
        text: decoded, without a byte order mark.
        file: the name for errors.

    Raises:
        InputError: broken YAML, an unrendered template, or more than the limits allow, with its place.
    """
    collecting = gc.isenabled()
    gc.disable()  # hundreds of thousands of nodes and no cycle among them: the collector only costs time
    try:
        return _Composer(text, file, limits).documents()
    except (yaml.YAMLError, UnicodeError) as error:
        raise explain(error, text, file) from None
    except RecursionError:  # the pure-Python parser recurses where libyaml loops
        raise InputError("nested too deeply, flatten it", file) from None
    finally:
        if collecting:
            gc.enable()


class _Composer:
    """One reading of one text."""

    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self._text = text
        self._file = file
        self._limits = limits
        self._anchors: dict[str, Scalar | Sequence | Mapping] = {}
        self._open: set[int] = set()
        """Collections whose end has not come yet, by id: an alias to one of them would be a loop."""
        self._weights: dict[int, tuple[int, int]] = {}
        """Nodes and levels of anchored nodes, aliases unfolded, by id."""
        self._aliased = 0

    def documents(self) -> list[Node | None]:
        # The hot loop of the whole program: one turn per event, nothing looked up twice.
        next_event: Callable[[], Any] = _Parser(self._text).get_event
        documents: list[Node | None] = []
        content: list[Node] = []
        append = content.append
        stack: list[tuple[Sequence | Mapping, list[Node]]] = []
        max_depth = self._limits.depth
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                scalar = Scalar(
                    event.value,
                    event.start_mark.index,
                    event.end_mark.index,
                    event.style,
                    event.tag,
                    event.anchor,
                )
                if scalar.anchor is not None:
                    self._anchors[scalar.anchor] = scalar
                append(scalar)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node, outer = stack.pop()
                node.end = event.end_mark.index if node.flow or not content else content[-1].end
                if kind is MappingEndEvent:
                    self._check_keys(content)
                if node.anchor is not None:
                    self._open.discard(id(node))
                content = outer
                append = content.append
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                node = self._start(event, kind is MappingStartEvent)
                if len(stack) >= max_depth:
                    raise self._error(f"nested deeper than {max_depth} levels, flatten it", node.start)
                append(node)
                stack.append((node, content))
                content = node.content
                append = content.append
            elif kind is AliasEvent:
                append(self._alias(event, len(stack)))
            elif kind is DocumentEndEvent:
                root = content[0] if content else None
                documents.append(None if self._is_empty(root) else root)
                content.clear()
                self._anchors.clear()
        return documents

    def _start(self, event: Any, mapping: bool) -> Sequence | Mapping:
        kind = Mapping if mapping else Sequence
        node = kind([], event.start_mark.index, 0, bool(event.flow_style), event.tag, event.anchor)
        if node.anchor is not None:
            self._anchors[node.anchor] = node
            self._open.add(id(node))
        return node

    def _alias(self, event: Any, depth: int) -> Alias:
        name, start = event.anchor, event.start_mark.index
        target = self._anchors.get(name)
        if target is None:
            raise self._error(f"*{name} names nothing above it, define &{name} first", start)
        if id(target) in self._open:
            raise self._error(f"*{name} stands inside what it names, write it out", start)
        nodes, levels = self._weight(target)
        self._aliased += nodes
        if self._aliased > self._limits.aliased:
            limit = self._limits.aliased
            raise self._error(f"aliases stand for more than {limit} nodes, write out what you need", start)
        if depth + levels > self._limits.depth:
            limit = self._limits.depth
            raise self._error(f"nested deeper than {limit} levels through aliases, flatten it", start)
        return Alias(target, start, event.end_mark.index, name)

    def _weight(self, node: Scalar | Sequence | Mapping) -> tuple[int, int]:
        """Nodes and levels of a node with aliases unfolded. Recursion is bounded by the nesting of the text."""
        if isinstance(node, Scalar):
            return 1, 0
        known = self._weights.get(id(node))
        if known is not None:
            return known
        nodes, levels = 1, 0
        for each in node.content:
            more, below = self._weight(each.target if isinstance(each, Alias) else each)
            nodes += more
            levels = max(levels, below)
        if node.anchor is not None:
            self._weights[id(node)] = nodes, levels + 1
        return nodes, levels + 1

    def _check_keys(self, content: list[Node]) -> None:
        """A mapping as a key is how ``{{ .Values.x }}`` reads; nothing that promtrim knows has such keys."""
        for key in content[::2]:
            if type(key) is not Scalar and not (isinstance(key, Alias) and isinstance(key.target, Scalar)):
                raise key_trouble(self._text, self._file, key.start)

    @staticmethod
    def _is_empty(root: Node | None) -> bool:
        return isinstance(root, Scalar) and root.start == root.end and root.anchor is None and root.tag is None

    def _error(self, message: str, offset: int) -> InputError:
        place = Lines(self._text).position(offset)
        return InputError(message, self._file, place.line, place.column)
