"""Tells LogQL (Loki) from PromQL: nothing else of LogQL is understood here."""

from __future__ import annotations

import re

from promtrim.rulefile.model import Rule

# PromQL has no `|` outside strings and comments, and never compares a selector with a string.
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\r\n]*", re.DOTALL)
_LINE_FILTER = re.compile(r"\}\s*!(?:=|~)\s*[\"'`]")
_TEMPLATE = re.compile(r"\{\{|\{%")


_NAMED = re.compile(r"[a-zA-Z0-9_:]\s*\{")


def find_logql(rules: list[Rule]) -> Rule | None:
    """The first LogQL rule of a list of groups for Loki; None where most of them can only be PromQL.

    In LogQL every selector is bare (``{app="x"}``); some of its queries are PromQL by their form.
    """
    found = next((rule for rule in rules if is_logql(rule.expr)), None)
    if found is None:
        return None
    bare = sum("{" in (expr := _strip(rule.expr)) and not _NAMED.search(expr) for rule in rules)
    return found if 2 * bare > len(rules) else None


def is_logql(expr: str) -> bool:
    """Whether an expression can only be LogQL: a log pipeline (``|= "x"``, ``| json``) or a line filter."""
    if "|" not in expr and not ("}" in expr and "!" in expr):
        return False
    if _TEMPLATE.search(expr):
        return False
    bare = _strip(expr)
    return "|" in bare or _LINE_FILTER.search(bare) is not None


def _strip(expr: str) -> str:
    """The expression without comments, its strings emptied."""
    return _QUOTED.sub(lambda match: '""' if match.group()[0] != "#" else "", expr)
