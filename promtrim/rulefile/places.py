"""Points into expressions: the place in the file of each character of a rule's ``expr``."""

from __future__ import annotations

from promtrim.rulefile.layout import Layout, Space
from promtrim.rulefile.model import Document, Position, Rule
from promtrim.yamltext import Scalar, scalar_map
from promtrim.yamltext.scalars import body_start


def location_in_expr(document: Document, rule: Rule, offset: int) -> Position:
    """Line and column in the file of a character of a rule's expression.

    Args:
        document: the one that the rule was read from.
        offset: index into ``rule.expr``; its length means the expression's end.

    Where YAML allows no exact answer, that of the expression as a whole.
    """
    layout: Layout = document.layout
    unit, group = layout.owner(rule.id)
    index = 2 * (rule.id - group.first)
    space = unit.space
    scalar = expr_scalar(space, group.exprs[index], group.exprs[index + 1], rule.expr)
    places = scalar_map(space.text, scalar)
    if places is None:
        return space.position(body_start(space.text, scalar))
    return space.position(places.at[min(max(offset, 0), len(rule.expr))])


def expr_scalar(space: Space, start: int, end: int, value: str) -> Scalar:
    """The scalar at a place, its style read from the text: plain text begins with none of the style marks."""
    scalar = Scalar(value, start, end, None, None, "" if space.text[start : start + 1] in ("&", "!") else None)
    begin = body_start(space.text, scalar)
    mark = space.text[begin : begin + 1]
    scalar.style = mark if mark in ("'", '"', "|", ">") else None
    return scalar
