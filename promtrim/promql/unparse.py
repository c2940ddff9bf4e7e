"""Tree to PromQL text: one line, one way to write each thing, accepted by Prometheus 2.42 and 3. Layout as the user
wrote it does not belong here: text that is kept is never written anew.
"""

from __future__ import annotations

import math
import re

from promtrim.durations import format_duration
from promtrim.promql.tree import (
    Aggregate,
    At,
    Binary,
    Call,
    Matcher,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)

PRECEDENCE = {
    "or": 1,
    "and": 2,
    "unless": 2,
    "==": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
    "atan2": 5,
    "^": 6,
}
"""How tightly each operator binds; ``^`` groups to the right, the others to the left. Unary minus binds as ``*``."""

_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    {"and", "or", "unless", "atan2", "on", "ignoring", "group_left", "group_right", "by", "without", "bool"}
    | {"offset", "inf", "nan"}
)
"""Names that are safer in quotes where a metric name stands."""


def unparse(node: Node) -> str:
    """PromQL of ``node``. Parentheses of the tree stay, and where the tree needs more they are added.

    ``parse(unparse(node)) == node`` for every tree that ``parse`` returned, save for the sign of NaN.
    """
    if isinstance(node, Binary):
        return _binary(node)
    if isinstance(node, Selector):
        return _selector(node) + _suffix(node.offset, node.at)
    if isinstance(node, Range):
        selector = node.selector
        return f"{_selector(selector)}[{format_duration(node.range)}]" + _suffix(selector.offset, selector.at)
    if isinstance(node, Number):
        return format_number(node.value)
    if isinstance(node, String):
        return quote(node.value)
    if isinstance(node, Paren):
        return f"({unparse(node.expr)})"
    if isinstance(node, Negation):
        # A literal after a minus would become a negative literal.
        tight = isinstance(node.expr, Number) or (isinstance(node.expr, Binary) and node.expr.op != "^")
        return f"-({unparse(node.expr)})" if tight else f"-{unparse(node.expr)}"
    if isinstance(node, Call):
        return f"{node.function}({', '.join(map(unparse, node.args))})"
    if isinstance(node, Aggregate):
        return _aggregate(node)
    return _subquery(node)


def format_number(value: float) -> str:
    """A number as a PromQL literal: ``5``, ``0.05``, ``1e+100``, ``NaN``, ``Inf``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e15 and not (value == 0 and math.copysign(1, value) < 0):
        return str(int(value))
    return repr(value)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(value: str) -> str:
    """A string as a PromQL literal in double quotes."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(_ESCAPES.get(c) or (c if c >= " " else f"\\x{ord(c):02x}") for c in value) + '"'


def _label(name: str) -> str:
    return name if _LABEL.fullmatch(name) else quote(name)


def _labels(names: tuple[str, ...]) -> str:
    return f"({', '.join(map(_label, names))})"


def _matchers(matchers: tuple[Matcher, ...]) -> str:
    return ", ".join(f"{_label(each.name)}{each.op}{quote(each.value)}" for each in matchers)


def _selector(node: Selector) -> str:
    name = node.name or ""
    inside = _matchers(node.matchers)
    if node.alternatives:
        inside = " or ".join(map(_matchers, node.alternatives))
    elif node.name is not None and (
        not _METRIC.fullmatch(name) or name.lower() in _RESERVED or any(each.name == "__name__" for each in node.matchers)
    ):
        name = ""
        inside = f"__name__={quote(node.name)}" + (f", {inside}" if inside else "")
    return f"{name}{{{inside}}}" if inside else name or "{}"


def _suffix(offset: float, at: At) -> str:
    text = ""
    if at is not None:
        text += f" @ {at}()" if isinstance(at, str) else f" @ {format_number(at)}"
    if offset:
        text += f" offset {'-' if offset < 0 else ''}{format_duration(abs(offset))}"
    return text


def _subquery(node: Subquery) -> str:
    inner = node.expr
    text = unparse(inner)
    if isinstance(inner, (Binary, Negation, Number, Subquery)):
        text = f"({text})"
    step = "" if node.step is None else format_duration(node.step)
    return f"{text}[{format_duration(node.range)}:{step}]" + _suffix(node.offset, node.at)


def _aggregate(node: Aggregate) -> str:
    grouping = ""
    if node.by is not None:
        grouping = f" by {_labels(node.by)} "
    elif node.without is not None:
        grouping = f" without {_labels(node.without)} "
    param = "" if node.param is None else f"{unparse(node.param)}, "
    return f"{node.op}{grouping}({param}{unparse(node.expr)})"


def _binary(node: Binary) -> str:
    chain = [node]  # a loop down the left side, as long chains would exhaust the recursion
    while isinstance(inner := chain[-1].lhs, Binary) and not _needs_parens(inner, chain[-1].op, left=True):
        chain.append(inner)
    text = _operand(chain[-1].lhs, chain[-1].op, left=True)
    for each in reversed(chain):
        text = f"{text} {each.op}{modifiers(each)} {_operand(each.rhs, each.op, left=False)}"
    return text


def _operand(node: Node, op: str, *, left: bool) -> str:
    return f"({unparse(node)})" if _needs_parens(node, op, left=left) else unparse(node)


def _needs_parens(node: Node, op: str, *, left: bool) -> bool:
    outer = PRECEDENCE[op]
    if isinstance(node, Binary):
        inner = PRECEDENCE[node.op]
        return inner < outer or (inner == outer and left == (op == "^"))
    if isinstance(node, Negation) or (isinstance(node, Number) and math.copysign(1, node.value) < 0):
        return op == "^" and (left or isinstance(node, Negation))
    return False


def modifiers(node: Binary) -> str:
    """What stands between the operator and its right side, each word after a space."""
    text = " bool" if node.bool else ""
    if node.on is not None:
        text += f" on {_labels(node.on)}"
    elif node.ignoring is not None:
        text += f" ignoring {_labels(node.ignoring)}"
    if node.group is not None:
        text += f" group_{node.group} {_labels(node.include)}"
    if node.fill_left is not None and node.fill_left == node.fill_right:
        return f"{text} fill ({format_number(node.fill_left)})"
    if node.fill_left is not None:
        text += f" fill_left ({format_number(node.fill_left)})"
    if node.fill_right is not None:
        text += f" fill_right ({format_number(node.fill_right)})"
    return text
