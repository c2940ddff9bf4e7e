"""The normal form: one text for all expressions that always give the same samples, by laws of PromQL alone.

Equal forms prove equal results: same labels, same values, the same errors, whatever the data; only the order in which
series come, which Prometheus leaves open, may differ. Different forms prove nothing. What holds for certain metrics or
topologies only does not belong here.

The laws, with where Prometheus states them (promql/engine.go):

- ``+`` and ``*`` commute, as do ``==`` and ``!=`` with ``bool``, and ``<`` turns round, where one side is a scalar
  (VectorscalarBinop keeps the vector's sample whichever side it is on) or the match is one-to-one (resultMetric gives
  both orders the labels that matched). One thing is not symmetric: two series of one match group are an error on the
  right side, but on the left only where they find a partner. So both sides must be known to have one series per group.
- A comparison of two vectors without ``bool`` keeps the left sample and name: it never commutes. Nor does ``or``.
- ``a and b unless c``: filters of ``a``, in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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

_LITERAL, _SCALAR, _SINGLE, _ANY = 0, 1, 2, 3
"""What a form is: a number; a scalar; a vector without two series that differ in name alone; any other vector."""

_Form = tuple[str, int]

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_SCALARS = frozenset(("scalar", "time", "pi", "step", "range", "start", "end", "min_of", "max_of"))
_KEEP_NAME = frozenset(("last_over_time", "first_over_time", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc"))
_SET_NAME = frozenset(("label_replace", "label_join", "info"))
_PICK = frozenset(("topk", "bottomk", "limitk", "limit_ratio"))
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/:,=@ ")
"""Characters that mean themselves in a regular expression."""


def normal_form(node: Node) -> str:
    """The normal form of ``node``: a key to compare, not PromQL to run (see ``unparse`` for that)."""
    return _FORM[type(node)](node)[0]


def _selector(node: Selector) -> _Form:
    name = node.name
    text = "" if name is None else name if name.isidentifier() else repr(name)
    if node.matchers:
        text += _matchers(node.matchers)
    for alternative in sorted(map(_matchers, node.alternatives)):
        text += f"|{alternative}"
    if node.offset or node.at is not None:
        text += _time(node.offset, node.at)
    return text or "{}", _SINGLE if name is not None and not node.alternatives else _ANY


def _matchers(matchers: tuple[Matcher, ...]) -> str:
    if len(matchers) == 1:
        return f"{{{_matcher(matchers[0])}}}"
    return "{" + ",".join(sorted({_matcher(each) for each in matchers})) + "}"


def _matcher(matcher: Matcher) -> str:
    op, value = matcher.op, matcher.value
    if len(op) == 2 and op[1] == "~":
        if _PLAIN.issuperset(value):
            op = "=" if op == "=~" else "!="
        elif "|" in value and _PLAIN.issuperset(value.replace("|", "")):
            value = "|".join(sorted(set(value.split("|"))))
    name = matcher.name
    return f"{name if name.isidentifier() else repr(name)}{op}{value!r}"


def _time(offset: float, at: At) -> str:
    return f" offset {offset!r}" + ("" if at is None else f" @ {at!r}")


def _range(node: Range) -> _Form:
    text, kind = _selector(node.selector)
    return f"{text}[{node.range!r}]", kind


def _subquery(node: Subquery) -> _Form:
    inner = node.expr
    text, kind = _FORM[type(inner)](inner)
    text = f"{text}[{node.range!r}:{node.step!r}]"
    if node.offset or node.at is not None:
        text += _time(node.offset, node.at)
    return text, kind


def _number(node: Number) -> _Form:
    return repr(node.value), _LITERAL


def _string(node: String) -> _Form:
    return repr(node.value), _ANY


def _paren(node: Paren) -> _Form:
    inner = node.expr
    return _FORM[type(inner)](inner)


def _negation(node: Negation) -> _Form:
    text, kind = _FORM[type(node.expr)](node.expr)
    if kind == _LITERAL:
        return repr(-float(text)), _LITERAL
    return f"-({text})", min(kind, _SINGLE)


def _call(node: Call) -> _Form:
    function = node.function
    forms = [_FORM[type(each)](each) for each in node.args]
    text = f"{function}({','.join([form[0] for form in forms])})"
    if function in _SCALARS:
        return text, _SCALAR
    if function in _SET_NAME:
        return text, _ANY
    return text, forms[0][1] if function in _KEEP_NAME else _SINGLE


def _aggregate(node: Aggregate) -> _Form:
    inner = node.expr
    op, by, without, param = node.op, node.by, node.without, node.param
    text, kind = _FORM[type(inner)](inner)
    if without is not None:
        grouping = f" without {_sorted(without)}"
    else:  # no grouping is grouping by nothing
        grouping = f" by {_sorted(by)}" if by else ""
    if param is not None:
        text = f"{_FORM[type(param)](param)[0]},{text}"
    if op == "count_values" or (by and "__name__" in by):
        kind = _ANY
    elif op not in _PICK:
        kind = _SINGLE
    return f"{op}{grouping}({text})", kind


def _sorted(labels: tuple[str, ...]) -> str:
    return repr(labels[0]) if len(labels) == 1 else repr(sorted(set(labels)))


def _binary(node: Binary) -> _Form:
    # A loop down the left side, through parentheses: long chains would exhaust the recursion.
    chain = [node]
    inner: Node = node.lhs
    while True:
        kind = type(inner)
        if kind is Binary:
            chain.append(inner)  # type: ignore[arg-type]
            inner = inner.lhs  # type: ignore[union-attr]
        elif kind is Paren:
            inner = inner.expr  # type: ignore[union-attr]
        else:
            break
    form = _FORM[type(inner)](inner)
    filters: list[str] = []  # of the ``and`` and ``unless`` since the last other operator
    for each in reversed(chain):
        rhs = each.rhs
        right = _FORM[type(rhs)](rhs)
        if each.op == "and" or each.op == "unless":
            filters.append(f" {each.op}{_matching(each)} {right[0]}")
        else:
            if filters:
                form = _filtered(form, filters)
                filters = []
            form = _operation(each, form, right)
    return _filtered(form, filters) if filters else form


def _filtered(form: _Form, filters: list[str]) -> _Form:
    return f"({form[0]}{''.join(sorted(set(filters)))})", form[1]


def _matching(node: Binary) -> str:
    if node.on is not None:
        return f" on {_sorted(node.on)}"
    return f" ignoring {_sorted(node.ignoring)}" if node.ignoring else ""  # ignoring () changes nothing


def _operation(node: Binary, left: _Form, right: _Form) -> _Form:
    op = node.op
    if left[1] == _LITERAL and right[1] == _LITERAL and op in "+-*":
        a, b = float(left[0]), float(right[0])
        return repr(a + b if op == "+" else a - b if op == "-" else a * b), _LITERAL
    scalar_left, scalar_right = left[1] <= _SCALAR, right[1] <= _SCALAR
    if op in _FLIPPED:
        if scalar_left != scalar_right:
            turn = scalar_left  # the vector first
        else:
            turn = right[0] < left[0] and (scalar_left or (node.bool and _symmetric(node, left, right)))
        if turn:
            left, right, op = right, left, _FLIPPED[op]
    elif (op == "+" or op == "*") and right[0] < left[0] and (scalar_left or scalar_right or _symmetric(node, left, right)):
        left, right = right, left
    text = op
    if node.bool:
        text += " bool"
    if node.on is not None or node.ignoring:
        text += _matching(node)
    if node.group is not None:
        text += f" group_{node.group} {_sorted(node.include)}"
    if node.fill_left is not None or node.fill_right is not None:
        text += f" fill {node.fill_left!r} {node.fill_right!r}"
    return f"({left[0]} {text} {right[0]})", _kind(node, left[1], right[1])


def _kind(node: Binary, left: int, right: int) -> int:
    """What the result is; ``left`` is the vector where one side is a scalar and the operator compares."""
    if left <= _SCALAR and right <= _SCALAR:
        return _SCALAR
    if node.op == "or":
        return max(left, right) if node.on is None and not node.ignoring else _ANY
    if node.op in _FLIPPED and not node.bool:  # a filter keeps names
        return left if node.on is None and not node.ignoring and node.group is None else _ANY
    return _ANY if "__name__" in node.include else _SINGLE


def _symmetric(node: Binary, left: _Form, right: _Form) -> bool:
    """Whether a one-to-one match of two vectors is an error in neither order."""
    if node.group is not None or node.fill_left is not None or node.fill_right is not None:
        return False
    if node.on is None and not node.ignoring:
        return left[1] == _SINGLE and right[1] == _SINGLE
    return _one_per_group(node.lhs, node) and _one_per_group(node.rhs, node)


def _one_per_group(side: Node, match: Binary) -> bool:
    """Whether a side is an aggregation by no more labels than those that match."""
    while isinstance(side, Paren):
        side = side.expr
    if not isinstance(side, Aggregate) or side.op in _PICK or side.op == "count_values" or side.without is not None:
        return False
    by = side.by or ()
    if match.on is not None:
        return set(by) <= set(match.on)
    return "__name__" not in by and not set(by) & set(match.ignoring or ())


_FORM: dict[type, Callable[[Any], _Form]] = {
    Selector: _selector,
    Range: _range,
    Subquery: _subquery,
    Number: _number,
    String: _string,
    Paren: _paren,
    Negation: _negation,
    Call: _call,
    Aggregate: _aggregate,
    Binary: _binary,
}
