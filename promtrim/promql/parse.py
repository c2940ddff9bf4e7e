"""PromQL text to tree: guards before promql-parser, and the conversion of its objects into ours.

promql-parser is written in Rust and fast, but some input brings the whole process down (a few thousand operators,
deep nesting) or is refused although Prometheus takes it. The guards here refuse the first; ``mend`` rewrites the
second. Positions belong in ``spans``, meaning in the evaluator.

This is the hot path of every command. Reading an attribute of promql-parser's objects makes a new object each time,
so each is read once; the functions below take what promql-parser calls the kind and know nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import promql_parser

from promtrim.promql.scan import scan
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

MAX_TERMS = 2000
"""Operators in one expression at most; promql-parser overflows its stack at about 5,000."""

MAX_DEPTH = 200
"""Nesting at most; promql-parser overflows its stack at about 20,000 parentheses, Python's recursion much earlier."""


class ExpressionError(ValueError):
    """An expression that Prometheus would not load, or that is too large to read.

    Attributes:
        message: what is wrong, one line, without the place.
        offset: where in the text, in characters from 0; None where it is not known.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def parse(text: str) -> Node:
    """The expression tree of ``text``: of all that Prometheus 2.42 or 3 accepts without feature flags, and more.

    No two places of a tree hold the same object, so that ``spans`` can tell the two ``x`` of ``x - x`` apart.

    Raises:
        ExpressionError: Prometheus would refuse it, or it has more than MAX_TERMS operators or is nested deeper than
            MAX_DEPTH.
    """
    if len(text) > MAX_DEPTH:
        _check_size(text)
    if "@" in text:  # promql-parser panics at times before 1970 and cuts the others to milliseconds
        return _parse_mended(text, None)
    try:
        expr = promql_parser.parse(text)
    except ValueError as error:
        return _parse_mended(text, error)
    try:
        return _CONVERT[type(expr)](expr)
    except (OverflowError, RecursionError, ValueError) as error:
        raise _out_of_range(error) from None


def _parse_mended(text: str, error: ValueError | None) -> Node:
    from promtrim.promql import mend

    mended = mend.mend(text)
    if error is not None and mended.text == text:
        raise ExpressionError(*mend.explain(text, str(error))) from None
    try:
        expr = promql_parser.parse(mended.text)
    except ValueError as again:
        raise ExpressionError(*mend.explain(text, str(error or again))) from None
    try:
        return mend.restore(_CONVERT[type(expr)](expr), mended)
    except (OverflowError, RecursionError, ValueError) as trouble:
        raise _out_of_range(trouble) from None


def _out_of_range(error: Exception) -> ExpressionError:
    if isinstance(error, ExpressionError):
        return error
    if isinstance(error, RecursionError):
        return ExpressionError("the expression is nested too deeply")
    return ExpressionError("a duration or time is out of range")


def _check_size(text: str) -> None:
    """Refuse what would overflow a stack. The counts keep all usual expressions from being scanned.

    Raises:
        ExpressionError: too many operators, or nested too deeply.
    """
    count = text.count
    if len(text) <= 2 * MAX_TERMS and count("(") + count("[") + count("-") + count("+") + count("^") <= MAX_DEPTH:
        return
    terms = powers = signs = 0
    depths: list[int] = []  # per open bracket: how deep its inside is
    ranks: list[set[str]] = [set()]  # per open bracket: operators before the next one, each of which may nest
    nested = depth = 0
    matching = False  # between braces, where operators are no terms
    operand = False  # whether the last token ended an operand, so that a sign would be an operator
    for kind, piece, start, _ in scan(text):
        if kind == "bracket":
            if piece in "([{":
                depths.append(depth)
                depth += signs + 1
                nested += len(ranks[-1]) + 1
                ranks.append(set())
            elif piece != "," and depths:
                depth = depths.pop()
                ranks.pop()
                nested -= len(ranks[-1]) + 1
            matching = piece == "{" or (matching and piece != "}")
            operand = piece in ")]}"
            signs = 0
        elif kind == "operator" or (kind == "name" and piece.lower() in ("and", "or", "unless", "atan2")):
            terms += not matching
            if not matching:
                ranks[-1].add(piece.lower())
            powers += piece == "^"  # the one operator that nests to the right
            signs = 0 if operand else signs + 1
            operand = False
        else:
            operand = True
            signs = 0
        if depth + signs > MAX_DEPTH or powers > MAX_DEPTH or nested > 5 * MAX_DEPTH:
            raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} levels deep", start)
        if terms > MAX_TERMS:
            raise ExpressionError(f"the expression has more than {MAX_TERMS} operators", start)


_EQUAL, _NOT_EQUAL, _REGEX = (
    promql_parser.MatchOp.Equal,
    promql_parser.MatchOp.NotEqual,
    promql_parser.MatchOp.Re,
)
_BY = promql_parser.AggModifierType.By
_ON = promql_parser.LabelModifierType.Include
_LEFT = promql_parser.VectorMatchCardinality.ManyToOne
_RIGHT = promql_parser.VectorMatchCardinality.OneToMany
_AT = promql_parser.AtModifierType.At
_START = promql_parser.AtModifierType.Start


def _matcher(matcher: Any) -> Matcher:
    op = matcher.op
    if op is _EQUAL:
        return Matcher(matcher.name, "=", matcher.value)
    if op is _REGEX:
        return Matcher(matcher.name, "=~", matcher.value)
    return Matcher(matcher.name, "!=" if op is _NOT_EQUAL else "!~", matcher.value)


def _selector(expr: Any) -> Selector:
    name = expr.name
    given = expr.matchers
    matchers = [_matcher(each) for each in given.matchers]
    if name is None:
        for index, each in enumerate(matchers):
            if each.name == "__name__" and each.op == "=":
                name = matchers.pop(index).value
                break
    offset, at, alternatives = expr.offset, expr.at, given.or_matchers
    if offset is None and at is None and not alternatives:
        return Selector(name, tuple(matchers))
    return Selector(
        name,
        tuple(matchers),
        0.0 if offset is None else offset.total_seconds(),
        None if at is None else _at(at),
        tuple(tuple(_matcher(each) for each in alternative) for alternative in alternatives),
    )


def _at(at: Any) -> At:
    kind = at.type
    if kind is _AT:
        moment: float = at.at.timestamp()
        return moment
    return "start" if kind is _START else "end"


def _positive(delta: Any) -> float:
    seconds: float = delta.total_seconds()
    if not seconds:
        raise ExpressionError("a range or step must be greater than 0")
    return seconds


def _range(expr: Any) -> Range:
    return Range(_selector(expr.vector_selector), _positive(expr.range))


def _subquery(expr: Any) -> Subquery:
    step, offset, at, inner = expr.step, expr.offset, expr.at, expr.expr
    return Subquery(
        _CONVERT[type(inner)](inner),
        _positive(expr.range),
        None if step is None else _positive(step),
        0.0 if offset is None else offset.total_seconds(),
        None if at is None else _at(at),
    )


def _number(expr: Any) -> Number:
    return Number(expr.val)


def _string(expr: Any) -> String:
    return String(expr.val)


def _paren(expr: Any) -> Paren:
    inner = expr.expr
    return Paren(_CONVERT[type(inner)](inner))


def _negation(expr: Any) -> Negation:
    inner = expr.expr
    return Negation(_CONVERT[type(inner)](inner))


def _call(expr: Any) -> Call:
    return Call(expr.func.name, tuple([_CONVERT[type(each)](each) for each in expr.args]))


def _aggregate(expr: Any) -> Aggregate:
    op, inner, param, modifier = str(expr.op), expr.expr, expr.param, expr.modifier
    node = _CONVERT[type(inner)](inner)
    if param is not None:
        param = _CONVERT[type(param)](param)
    if modifier is None:
        return Aggregate(op, node, param)
    labels = tuple(modifier.labels)
    if modifier.type is _BY:
        return Aggregate(op, node, param, labels)
    return Aggregate(op, node, param, None, labels)


def _binary(expr: Any) -> Binary:
    # A chain of operators nests to the left; going down in a loop keeps a long one from exhausting the recursion.
    chain = [expr]
    inner = expr.lhs
    while type(inner) is promql_parser.BinaryExpr:
        chain.append(inner)
        inner = inner.lhs
    lhs = _CONVERT[type(inner)](inner)
    for each in reversed(chain):
        inner = each.rhs
        modifier = each.modifier
        rhs = _CONVERT[type(inner)](inner)
        if modifier is None:
            lhs = Binary(str(each.op), lhs, rhs)
        else:
            lhs = _matched(str(each.op), lhs, rhs, modifier)
    return lhs  # type: ignore[return-value]


def _matched(op: str, lhs: Node, rhs: Node, modifier: Any) -> Binary:
    card, matching, fill = modifier.card, modifier.matching, modifier.fill_values
    group = "left" if card is _LEFT else "right" if card is _RIGHT else None
    on = ignoring = None
    if matching is not None:
        if matching.type is _ON:
            on = tuple(matching.labels)
        else:
            ignoring = tuple(matching.labels)
    include = tuple(modifier.group_labels or ()) if group else ()
    return Binary(op, lhs, rhs, modifier.return_bool, on, ignoring, group, include, fill.lhs, fill.rhs)  # type: ignore[arg-type]


_CONVERT: dict[type, Callable[[Any], Node]] = {
    promql_parser.VectorSelector: _selector,
    promql_parser.MatrixSelector: _range,
    promql_parser.SubqueryExpr: _subquery,
    promql_parser.NumberLiteral: _number,
    promql_parser.StringLiteral: _string,
    promql_parser.ParenExpr: _paren,
    promql_parser.UnaryExpr: _negation,
    promql_parser.BinaryExpr: _binary,
    promql_parser.AggregateExpr: _aggregate,
    promql_parser.Call: _call,
}


def _register() -> None:
    # Prometheus 3 renamed holt_winters to double_exponential_smoothing; promql-parser knows the new name alone.
    kinds = promql_parser.ValueType
    function = promql_parser.Function("holt_winters", [kinds.Matrix, kinds.Scalar, kinds.Scalar], kinds.Vector)
    with contextlib.suppress(ValueError):  # where a later promql-parser has it built in
        promql_parser.register_extra_functions([function])


_register()
