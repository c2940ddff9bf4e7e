"""Label values that satisfy matchers: strings of a regular expression, and whether a value passes."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from promtrim.promql.tree import Matcher

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        from re import _constants as sre  # type: ignore[attr-defined]
        from re import _parser as sre_parser  # type: ignore[attr-defined]
    except ImportError:  # Python 3.10
        import sre_constants as sre
        import sre_parse as sre_parser

_LETTERS = "abcxyz019"


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Prometheus anchors it; None where Python reads it differently or not at all."""
    if re.search(r"\\[pPzQCEA]|\[\[:", pattern):
        return None
    try:
        return re.compile(f"(?:{pattern})", re.DOTALL)
    except (re.error, OverflowError, RecursionError):
        return None


def passes(matcher: Matcher, value: str) -> bool:
    """Whether a label value (empty: no such label) satisfies a matcher; False where that is not certain."""
    if matcher.op == "=":
        return value == matcher.value
    if matcher.op == "!=":
        return value != matcher.value
    pattern = compiled(matcher.value)
    if pattern is None:
        return False
    return (pattern.fullmatch(value) is not None) == (matcher.op == "=~")


def sample(pattern: str, rng: random.Random) -> str | None:
    """Some string that the pattern matches, anchored; None where none was found."""
    if compiled(pattern) is None:
        return None
    try:
        tree = sre_parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    for _ in range(5):
        text = _of_sequence(tree, rng)
        if passes(Matcher("", "=~", pattern), text):
            return text
    return None


def _of_sequence(tree: Any, rng: random.Random) -> str:
    return "".join(_of_item(kind, value, rng) for kind, value in tree)


def _of_item(kind: Any, value: Any, rng: random.Random) -> str:
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.NOT_LITERAL:
        return next(char for char in "xyz" if ord(char) != value)
    if kind is sre.ANY:
        return rng.choice(_LETTERS)
    if kind is sre.IN:
        return _of_class(value, rng)
    if kind is sre.BRANCH:
        return _of_sequence(rng.choice(value[1]), rng)
    if kind is sre.SUBPATTERN:
        return _of_sequence(value[-1], rng)
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        low, high, inner = value
        times = rng.randint(low, min(int(high), low + 3))
        return "".join(_of_sequence(inner, rng) for _ in range(times))
    return ""


def _of_class(items: Any, rng: random.Random) -> str:
    allowed = [char for char in "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_./: " if _in_class(items, char)]
    literal = [chr(value) for kind, value in items if kind is sre.LITERAL]
    if items and items[0][0] is not sre.NEGATE:
        allowed += literal
    return rng.choice(allowed) if allowed else ""


def _in_class(items: Any, char: str) -> bool:
    negated = bool(items) and items[0][0] is sre.NEGATE
    found = False
    for kind, value in items:
        if kind is sre.LITERAL:
            found = found or ord(char) == value
        elif kind is sre.RANGE:
            found = found or value[0] <= ord(char) <= value[1]
        elif kind is sre.CATEGORY:
            test: Callable[[str], bool] | None = {
                sre.CATEGORY_DIGIT: str.isdigit,
                sre.CATEGORY_SPACE: str.isspace,
                sre.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
                sre.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
                sre.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
                sre.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
            }.get(value)
            found = found or bool(test and test(char))
    return found != negated


def given(matcher: Matcher) -> tuple[str, ...] | None:
    """The values that a positive matcher lists; empty for a pattern or "any value at all"; None for a negative one."""
    if matcher.op == "=":
        return (matcher.value,)
    if matcher.op == "!=" and not matcher.value:
        return ()
    if matcher.op != "=~":
        return None
    return tuple(matcher.value.split("|")) if all(char.isalnum() or char in "_-|:" for char in matcher.value) else ()
