"""The expression tree. Values only; ``parse`` builds it, the evaluator and the normal form walk it.

The tree keeps what was written: parentheses, the order of matchers, an empty grouping. Durations are seconds.
"""

from __future__ import annotations

from typing import Literal, Union

import msgspec

MatchOperator = Literal["=", "!=", "=~", "!~"]
At = Union[float, Literal["start", "end"], None]  # noqa: UP007


class Matcher(msgspec.Struct, frozen=True, gc=False):
    name: str
    op: MatchOperator
    value: str


class Selector(msgspec.Struct, frozen=True, gc=False):
    """An instant vector selector. ``name`` is None where the metric name is not written before the braces and no
    ``__name__="..."`` matcher gives it; matchers never repeat a name that is in ``name``."""

    name: str | None
    matchers: tuple[Matcher, ...] = ()
    offset: float = 0.0
    at: At = None
    alternatives: tuple[tuple[Matcher, ...], ...] = ()
    """Matcher sets joined by ``or`` inside the braces (a VictoriaMetrics extension); empty in Prometheus."""


class Range(msgspec.Struct, frozen=True, gc=False):
    """A range vector selector; offset and ``@`` stand in its selector."""

    selector: Selector
    range: float


class Subquery(msgspec.Struct, frozen=True, gc=False):
    expr: Node
    range: float
    step: float | None = None
    offset: float = 0.0
    at: At = None


class Number(msgspec.Struct, frozen=True, gc=False):
    value: float


class String(msgspec.Struct, frozen=True, gc=False):
    value: str


class Paren(msgspec.Struct, frozen=True, gc=False):
    expr: Node


class Negation(msgspec.Struct, frozen=True, gc=False):
    """Unary minus. (Unary plus is dropped by the parser: it changes nothing.)"""

    expr: Node


class Binary(msgspec.Struct, frozen=True, gc=False):
    op: str
    """``+ - * / % ^ atan2 == != > < >= <= and or unless``."""
    lhs: Node
    rhs: Node
    bool: bool = False
    on: tuple[str, ...] | None = None
    """Labels after ``on``; None where there is no ``on``."""
    ignoring: tuple[str, ...] | None = None
    group: Literal["left", "right", None] = None
    include: tuple[str, ...] = ()
    """Labels in ``group_left(...)`` or ``group_right(...)``."""
    fill_left: float | None = None
    fill_right: float | None = None


class Aggregate(msgspec.Struct, frozen=True, gc=False):
    op: str
    expr: Node
    param: Node | None = None
    by: tuple[str, ...] | None = None
    """None where there is no ``by``; ``sum by () (x)`` gives an empty tuple."""
    without: tuple[str, ...] | None = None


class Call(msgspec.Struct, frozen=True, gc=False):
    function: str
    args: tuple[Node, ...] = ()


Node = Union[Selector, Range, Subquery, Number, String, Paren, Negation, Binary, Aggregate, Call]  # noqa: UP007
