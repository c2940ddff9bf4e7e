"""Regular expressions of strangers, matched without a risk: no pattern that Python's backtracking could hang on.

Prometheus matches with RE2, in linear time. A pattern that may be read differently there, or that could take Python very
long, is not matched at all: the caller treats that as a doubt.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 500
"""Characters of a pattern, and of a value, that are looked at."""

_EXOTIC = re.compile(r"\\[pPzZCQEA]|\[\^?\[|\[[^\]]*(?:--|&&|~~|\|\|)|\(\?(?![:i)])|\\x|\{,")
"""What Python reads otherwise, or will: it warns of sets in sets."""
_NESTED = re.compile(r"[*+}?]\)[*+{]|\)[*+{].*\)[*+{]|[*+}]\)\)[*+{]")
"""A repetition of a repetition, or several repeated groups: where backtracking explodes."""


@lru_cache(maxsize=4096)
def safe(pattern: str) -> re.Pattern[str] | None:
    """The pattern for ``fullmatch``; None where RE2 may read it differently, or matching could take very long."""
    if len(pattern) > LONGEST or _EXOTIC.search(pattern) or _NESTED.search(pattern) or _many(pattern):
        return None
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return None


def _many(pattern: str) -> bool:
    """Whether so many repetitions stand in a row, or alternatives are repeated, that trying them all takes long."""
    return pattern.count("*") + pattern.count("+") > 6 or bool(re.search(r"\|[^()]*\)[*+{]", pattern))


def matches(pattern: str, value: str) -> bool | None:
    """Whether a pattern, anchored at both ends as Prometheus does, matches a value; None where that is not certain."""
    if "\n" in value or len(value) > LONGEST:
        return None  # "." matches a newline since 3.0 only
    if "(?i" in pattern and not (pattern.isascii() and value.isascii()):
        return None  # which letters are one in two cases differs
    compiled = safe(pattern)
    return None if compiled is None else compiled.fullmatch(value) is not None
