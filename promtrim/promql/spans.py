"""Where each node of a tree stands in the user's own text. Nothing but places: lines and columns belong to rulefile.

promql-parser gives no positions. The tree says what comes next, so walking it and the tokens in step needs no grammar
of precedence. It is done only when evidence is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from promtrim.promql.scan import Token, scan
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
)

Span = tuple[int, int]
"""Start and end in characters from 0; ``text[start:end]`` is the piece."""


class Spans:
    """Node to place, by identity: two equal nodes of one tree have places of their own."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[int, tuple[Node, Span]] = {}  # holds the node, so that its id is not used again

    def __getitem__(self, node: Node) -> Span:
        return self._found[id(node)][1]

    def __contains__(self, node: object) -> bool:
        return id(node) in self._found

    def __iter__(self) -> Iterator[Node]:
        return (node for node, _ in self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def get(self, node: Node) -> Span | None:
        """The place of ``node``; None where it belongs to another tree."""
        found = self._found.get(id(node))
        return None if found is None else found[1]

    def quote(self, node: Node) -> str:
        """The node as the user wrote it."""
        start, end = self[node]
        return self.text[start:end]

    def put(self, node: Node, start: int, end: int) -> None:
        self._found[id(node)] = (node, (start, end))


def spans(text: str, node: Node) -> Spans:
    """The places of ``node`` and all below it, where ``node`` is ``parse(text)``.

    The selector of a range selector ends before the bracket: an offset written behind it is in the range's span only.

    Raises:
        ValueError: ``node`` is not the tree of ``text``.
    """
    walker = _Walker(text)
    walker.place(node)
    if walker.at != len(walker.tokens):
        raise ValueError("the expression goes on after its tree ends")
    return walker.spans


_END = Token("other", "", 0, 0)
_MODIFIERS = frozenset(("bool", "on", "ignoring", "group_left", "group_right"))
_FILLS = frozenset(("fill", "fill_left", "fill_right"))


class _Walker:
    """Tree and tokens in step; ``at`` is the next token."""

    def __init__(self, text: str) -> None:
        self.tokens = scan(text)
        self.at = 0
        self.spans = Spans(text)

    def peek(self, ahead: int = 0) -> Token:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else _END

    def take(self, expected: str | None = None) -> None:
        found = self.peek()
        if found is _END or (expected is not None and found.text.lower() != expected):
            raise ValueError(f"the tree has {expected or 'more'!r} where the text has {found.text!r}")
        self.at += 1

    def place(self, node: Node) -> None:
        first = self.at
        while self.peek().text == "+":  # a unary plus, which the tree does not hold
            self.at += 1
        if isinstance(node, Binary):
            self._binary(node, first)
            return
        if isinstance(node, Selector):
            self._selector()
            self._suffix()
        elif isinstance(node, Range):
            begin = self.at
            self._selector()
            self._put(node.selector, begin)
            self._skip("[", "]")
            self._suffix()
        elif isinstance(node, Number):
            while self.peek().text in ("+", "-"):
                self.at += 1
            self.take()
        elif isinstance(node, String):
            self.take()
        elif isinstance(node, Paren):
            self.take("(")
            self.place(node.expr)
            self.take(")")
        elif isinstance(node, Negation):
            self.take("-")
            self.place(node.expr)
        elif isinstance(node, Call):
            self.take(node.function)
            self._arguments(node.args)
        elif isinstance(node, Aggregate):
            self.take(node.op)
            before = self._grouping()
            self._arguments((node.expr,) if node.param is None else (node.param, node.expr))
            if not before and (node.by is not None or node.without is not None):
                self._grouping()
        else:
            self.place(node.expr)
            self._skip("[", "]")
            self._suffix()
        self._put(node, first)

    def _put(self, node: Node, first: int) -> None:
        self.spans.put(node, self.tokens[first].start, self.tokens[self.at - 1].end)

    def _binary(self, node: Binary, first: int) -> None:
        chain = [node]  # a loop down the left side, as long chains would exhaust the recursion
        while isinstance(chain[-1].lhs, Binary):
            chain.append(chain[-1].lhs)
        self.at = first
        self.place(chain[-1].lhs)
        for each in reversed(chain):
            self.take(each.op)
            words = _MODIFIERS if each.fill_left is None and each.fill_right is None else _MODIFIERS | _FILLS
            while self.peek().kind == "name" and self.peek().text.lower() in words:
                self.at += 1
                if self.peek(-1).text.lower() != "bool" and self.peek().text == "(":
                    self._skip("(", ")")
            self.place(each.rhs)
            self._put(each, first)

    def _selector(self) -> None:
        if self.peek().kind == "name":
            self.at += 1
        elif self.peek().text != "{":
            raise ValueError(f"the tree has a selector where the text has {self.peek().text!r}")
        if self.peek().text == "{":
            self._skip("{", "}")

    def _suffix(self) -> None:
        """Pass ``offset`` and ``@``, in whatever order."""
        while True:
            if self.peek().text != "@" and not (self.peek().kind == "name" and self.peek().text.lower() == "offset"):
                return
            self.at += 1
            if self.peek().text in ("+", "-"):
                self.at += 1
            self.take()
            if self.peek().text == "(" and self.peek(-1).kind == "name":
                self._skip("(", ")")

    def _grouping(self) -> bool:
        if self.peek().text.lower() not in ("by", "without"):
            return False
        self.at += 1
        self._skip("(", ")")
        return True

    def _arguments(self, arguments: tuple[Node, ...]) -> None:
        self.take("(")
        for index, each in enumerate(arguments):
            if index:
                self.take(",")
            self.place(each)
        if self.peek().text == ",":
            self.at += 1
        self.take(")")

    def _skip(self, opening: str, closing: str) -> None:
        """Pass a pair of brackets in which there is no other pair of that kind."""
        self.take(opening)
        while self.peek().text != closing:
            self.take()
        self.at += 1
