"""What there is to draw of an alert: its expression taken apart into the conditions that ``and``, ``or`` and ``unless``
join, each with the left side of its comparison, the operator, and the right side.

``judge.signals`` finds the conditions; here they become something that can be shown: a query for the subject in the units
that were written, and the limit as a number or as a query of its own. How it looks is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from promtrim.judge.signals import COMPARISONS, constant_of, signals
from promtrim.promql.tree import Binary, Call, Node, Number, Paren
from promtrim.promql.walk import children, replace, selectors, strip_parens

Role = Literal["", "and", "or", "unless"]
"""What joins a part to what the alert is about."""

MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_MOST_PARTS = 12
"""Of one alert; more are no help on a dashboard."""


class Part(msgspec.Struct, frozen=True):
    """One condition of an alert."""

    role: Role
    subject: Node
    """What is drawn; of ``absent(x)`` it is ``x``."""
    op: str = ""
    """``> >= < <= == !=`` with the subject at the left; empty where nothing is compared."""
    limit: Node | None = None
    """What the subject is compared with."""
    absent: bool = False
    """It fires where the subject returns nothing."""
    whole: Node | None = None
    """The condition as it stands, for asking whether it holds."""

    @property
    def number(self) -> float | None:
        """The limit, where it is a constant."""
        return None if self.limit is None else constant_of(self.limit)


def parts_of(node: Node) -> tuple[Part, ...]:
    """The conditions of an alert's expression, in the order of writing."""
    found: list[Part] = []
    for role, each in _joined(node, ""):
        found += _conditions(role, each)
    return tuple(found[:_MOST_PARTS])


def unfiltered(node: Node) -> Node:
    """The expression without the comparisons inside it: of ``count(up == 0)`` it is ``count(up)``.

    What it returns tells whether there is any data; the very same object where nothing is compared.
    """

    def passing(each: Node) -> Node:
        if isinstance(each, Binary) and each.op in COMPARISONS and not each.bool:
            return each.rhs if constant_of(each.lhs) is not None else each.lhs
        return each

    return replace(node, passing)


def _joined(node: Node, role: Role) -> Iterator[tuple[Role, Node]]:
    """What set operators join at the top."""
    node = strip_parens(node)
    if isinstance(node, Binary) and node.op in ("and", "or", "unless"):
        yield from _joined(node.lhs, role)
        below: Role = "or" if node.op == "or" else "unless" if node.op == "unless" else "and"
        yield from _joined(node.rhs, below if role in ("", "or") or below == "unless" else role)
        return
    yield role, node


def _conditions(role: Role, node: Node) -> Iterator[Part]:
    first: Node | None = None
    for signal in signals(node):
        further = signal.guard or signal.subject == first  # of ``5 < x < 10`` the second half
        first = signal.subject if first is None else first
        own: Role = "and" if further and role in ("", "or") else role
        absent = _absent(signal.subject)
        if absent is not None:
            yield Part(own, absent, absent=True, whole=signal.node)
            continue
        subject, op, limit = _compared(signal.node, signal.subject)
        subject, op, limit = _as_time_left(subject, op, limit)
        yield Part(own, subject, op, limit, whole=signal.node)


def _absent(node: Node) -> Node | None:
    """What is asked for, of ``absent(x)``; of ``absent_over_time(x[5m])`` whether it was there in that time."""
    node = strip_parens(node)
    if isinstance(node, Call) and node.function == "absent":
        return node.args[0]
    if isinstance(node, Call) and node.function == "absent_over_time":
        return Call("present_over_time", node.args)
    return None


def _compared(node: Node, subject: Node) -> tuple[Node, str, Node | None]:
    """Subject, operator and limit; the subject is the side that the signal is about."""
    node = strip_parens(node)
    if not isinstance(node, Binary) or node.op not in COMPARISONS:
        return subject, "", None
    told = strip_parens(node.rhs) is strip_parens(subject)
    if told or (selectors(node.rhs) and not selectors(node.lhs)):  # of ``time() - 60 > x`` it is x
        return node.rhs, MIRRORED.get(node.op, node.op), node.lhs
    return subject, node.op, node.rhs


def _as_time_left(subject: Node, op: str, limit: Node | None) -> tuple[Node, str, Node | None]:
    """``x < time() + 3600`` as ``x - time() < 3600``, ``x < time() - 3600`` as ``time() - x > 3600``: a person reads how
    long something lasts or how old it is, not the second since 1970."""
    if limit is None or op not in MIRRORED or not selectors(subject):
        return subject, op, limit
    ahead = _ahead_of_now(limit)
    if ahead is None or _tells_time(subject):
        return subject, op, limit
    now = Call("time", ())
    inner = Paren(subject) if isinstance(strip_parens(subject), Binary) else subject
    if ahead < 0:
        return Binary("-", now, inner), MIRRORED[op], Number(-ahead)
    return Binary("-", inner, now), op, Number(ahead)


def _ahead_of_now(node: Node) -> float | None:
    """Seconds, of ``time() + 3600``."""
    node = strip_parens(node)
    if isinstance(node, Call) and node.function == "time":
        return 0.0
    if isinstance(node, Binary) and node.op in ("+", "-"):
        left, right = strip_parens(node.lhs), constant_of(node.rhs)
        if isinstance(left, Call) and left.function == "time" and right is not None:
            return right if node.op == "+" else -right
        number, other = constant_of(node.lhs), strip_parens(node.rhs)
        if node.op == "+" and number is not None and isinstance(other, Call) and other.function == "time":
            return number
    return None


def _tells_time(node: Node) -> bool:
    node = strip_parens(node)
    if isinstance(node, Call) and node.function == "time":
        return True
    return any(_tells_time(each) for each in children(node))


__all__ = ["MIRRORED", "Part", "Role", "parts_of", "unfiltered"]
