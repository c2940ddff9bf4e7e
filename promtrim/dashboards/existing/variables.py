"""Grafana's variables and macros in a text: their syntax, and where they are used. PromQL does not belong here.

``$name``, ``${name}``, ``${name:format}``, ``${name.field}``, ``[[name]]``, ``[[name:format]]``; the built-in ones begin
with two underscores (https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

VARIABLE = re.compile(
    r"\$(\w+)|\$\{(\w+)(?:\.[^:^}${]{1,100})?(?::[^}${]{1,100})?\}|\[\[(\w+)(?::\w+)?\]\]",
    re.ASCII,
)
"""One use of a variable; one of the three groups is its name. Bounded, so that no text takes long to look through."""

_BY_NAME = frozenset(("repeat", "variable"))
"""Keys whose text is a variable's bare name: what a panel or row repeats by, what a row or tab is shown by."""


def name_of(match: re.Match[str]) -> str:
    """The name in a match of VARIABLE."""
    return match[1] or match[2] or match[3]


def names(text: str) -> set[str]:
    """The variables that a text uses."""
    if "$" not in text and "[[" not in text:
        return set()
    return {name_of(match) for match in VARIABLE.finditer(text)}


def used(value: Any) -> set[str]:
    """The variables that a JSON value uses anywhere, also by their bare name where Grafana takes one."""
    found: set[str] = set()
    for key, text in texts(value):
        found |= names(text)
        if key in _BY_NAME:
            found.add(text)
    return found


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """All texts below a JSON value, each with the key that it stands under; keys that use variables are texts too."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        key, each = stack.pop()
        if isinstance(each, str):
            yield key, each
        elif isinstance(each, dict):
            if each.get("mode") == "variable" and isinstance(each.get("value"), str):
                yield "variable", each["value"]
            for inner, below in each.items():
                if "$" in inner or "[[" in inner:
                    yield "", inner
                stack.append((inner, below))
        elif isinstance(each, list):
            stack += [(key, below) for below in each]
