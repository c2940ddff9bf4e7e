"""What scalars mean: the types that Prometheus's reader (go-yaml v3) gives them."""

from __future__ import annotations

import re
from typing import Any

from promtrim.yamltext.nodes import Node, Scalar, Sequence, entries, resolve

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
# go-yaml v3 keeps YAML 1.1's yes, no, on and off for typed booleans only; in free data they are text.
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {".nan": "nan", ".NaN": "nan", ".NAN": "nan", ".inf": "inf", ".Inf": "inf", ".INF": "inf"}
_MAX_DIGITS = 400


def is_null(node: Node) -> bool:
    """Whether a node is nothing: ``key:``, ``~`` or ``null``."""
    node = resolve(node)
    if not isinstance(node, Scalar):
        return False
    return node.tag == "tag:yaml.org,2002:null" or (node.is_plain and node.value in NULLS)


def scalar_value(node: Scalar) -> str | int | float | bool | None:
    """A scalar's value with its type; dates stay text."""
    tag = node.tag
    typed = tag is not None and tag.startswith("tag:yaml.org,2002:") and not tag.endswith(":str")
    if not node.is_plain and not typed:
        return node.value
    text = node.value
    if text in NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    return _number(text)


def _number(text: str) -> str | int | float:
    if text[0] not in "0123456789.+-" or len(text) > _MAX_DIGITS:
        return text
    digits = text.replace("_", "") if text[0] != "_" else text
    if match := _INTEGER.fullmatch(digits):
        sign, hexadecimal, octal, binary, decimal = match.groups()
        if decimal:
            number = int(decimal)
        else:
            number = int(hexadecimal or octal or binary, 16 if hexadecimal else 8 if octal else 2)
        return -number if sign == "-" else number
    if _FLOAT.fullmatch(digits):
        return float(digits)
    special = _SPECIAL.get(digits.lstrip("+-"))
    if special is not None and len(digits) - len(digits.lstrip("+-")) <= 1:
        return float(("-" if digits[0] == "-" else "") + special)
    return text


def to_plain(node: Node | None) -> Any:
    """A node as dicts, lists, str, int, float, bool and None; aliases and merge keys resolved, keys as text.

    Safe on anything that :func:`~promtrim.yamltext.reader.compose` returned, whose bounds hold with aliases unfolded.
    """
    if node is None:
        return None
    node = resolve(node)
    if isinstance(node, Scalar):
        return scalar_value(node)
    if isinstance(node, Sequence):
        return [to_plain(each) for each in node.content]
    return {key: to_plain(value) for key, (_, value) in entries(node).items()}
