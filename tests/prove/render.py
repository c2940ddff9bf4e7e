"""Expression trees as PromQL text. Written apart from the product's own normal form, so that neither hides a mistake of
the other."""

from __future__ import annotations

import math

from promtrim.promql.tree import (
    Aggregate,
    At,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)
from tests.prove.model import quoted


def render(node: Node) -> str:
    """PromQL that parses to the same meaning; operands of operators stand in parentheses."""
    if isinstance(node, Selector):
        return _selector(node, "")
    if isinstance(node, Range):
        return _selector(node.selector, f"[{duration(node.range)}]")
    if isinstance(node, Subquery):
        step = duration(node.step) if node.step else ""
        return f"({render(node.expr)})[{duration(node.range)}:{step}]" + _shift(node.offset, node.at)
    if isinstance(node, Number):
        return number(node.value)
    if isinstance(node, String):
        return quoted(node.value)
    if isinstance(node, Paren):
        return f"({render(node.expr)})"
    if isinstance(node, Negation):
        return f"-({render(node.expr)})"
    if isinstance(node, Call):
        return f"{node.function}({', '.join(render(arg) for arg in node.args)})"
    if isinstance(node, Aggregate):
        return _aggregate(node)
    return _binary(node)


def duration(seconds: float) -> str:
    """A Prometheus duration."""
    milliseconds = round(seconds * 1000)
    return f"{milliseconds // 1000}s" if milliseconds % 1000 == 0 else f"{milliseconds}ms"


def number(value: float) -> str:
    """A number that both Prometheus 2.42 and 3 read."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value)


def _shift(offset: float, at: At) -> str:
    text = ""
    if at is not None:
        text += f" @ {at}()" if isinstance(at, str) else f" @ {number(at)}"
    if offset:
        text += f" offset {'-' if offset < 0 else ''}{duration(abs(offset))}"
    return text


def _selector(node: Selector, range_: str) -> str:
    matchers = ",".join(f"{m.name}{m.op}{quoted(m.value)}" for m in node.matchers)
    name = node.name or ""
    if name and not all(char.isalnum() or char in "_:" for char in name):
        matchers = f"__name__={quoted(name)}" + ("," + matchers if matchers else "")
        name = ""
    return name + (f"{{{matchers}}}" if matchers or not name else "") + range_ + _shift(node.offset, node.at)


def _aggregate(node: Aggregate) -> str:
    grouping = ""
    if node.without is not None:
        grouping = f" without ({', '.join(node.without)}) "
    elif node.by is not None:
        grouping = f" by ({', '.join(node.by)}) "
    param = f"{render(node.param)}, " if node.param is not None else ""
    return f"{node.op}{grouping}({param}{render(node.expr)})"


def _binary(node: Binary) -> str:
    words = [node.op]
    if node.bool:
        words.append("bool")
    if node.on is not None:
        words.append(f"on ({', '.join(node.on)})")
    elif node.ignoring is not None:
        words.append(f"ignoring ({', '.join(node.ignoring)})")
    if node.group:
        words.append(f"group_{node.group} ({', '.join(node.include)})")
    return f"({render(node.lhs)}) {' '.join(words)} ({render(node.rhs)})"
