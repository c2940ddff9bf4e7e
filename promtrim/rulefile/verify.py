"""Reads a cut text again and says whether it is exactly what was planned. Nothing here cuts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promtrim.errors import PromtrimError
from promtrim.rulefile.layout import Layout, Unit
from promtrim.rulefile.model import Document, Rule
from promtrim.rulefile.reading import read_text
from promtrim.yamltext import compose, to_plain

_SMALL = 1 << 16
"""Characters up to which everything around the rules is compared as well, whatever the container: in a large plain rule
file that is next to nothing, and costs as much as reading it."""


def difference(before: Document, gone: set[int], text: str) -> str:
    """What is wrong with a cut text, in a few words; "" where it holds what it should.

    Args:
        gone: ids of the rules that must not be there; all others must be, with equal fields, in order.
    """
    old_layout: Layout = before.layout
    logql = frozenset(unit.key for unit in old_layout.units if unit.logql)
    try:
        after = read_text(text, before.file, logql=logql)
    except PromtrimError as error:
        return f"the rest would not read: {error}"
    kept = (rule for rule in before.rules if rule.id not in gone)
    for old, new in _pairs(kept, iter(after.rules)):
        if old is None or new is None or fields(old) != fields(new):
            name = (old or new).name  # type: ignore[union-attr]
            return f"rule {name!r} would not be the same"
    new_layout: Layout = after.layout
    if _headers(old_layout.units, gone) != _headers(new_layout.units, set()):
        return "the groups would not be the same"
    if (len(before.text) < _SMALL or before.container != "rule-file") and (
        _surroundings(before.text, before) != _surroundings(text, after)
    ):
        return "what stands around the rules would not be the same"
    return ""


def fields(rule: Rule) -> tuple[object, ...]:
    """What a rule says, wherever it stands."""
    return (
        rule.alert, rule.record, rule.expr, rule.labels, rule.annotations, rule.for_, rule.keep_firing_for, rule.group,
        rule.interval, rule.directive, rule.loaded, rule.group_limit, rule.source_tenants,
    )  # fmt: skip


def _pairs(old: Iterator[Rule], new: Iterator[Rule]) -> Iterator[tuple[Rule | None, Rule | None]]:
    while True:
        pair = next(old, None), next(new, None)
        if pair == (None, None):
            return
        yield pair


def _headers(units: list[Unit], gone: set[int]) -> list[tuple[object, ...]]:
    """The groups that stay, with all but their rules."""
    found: list[tuple[object, ...]] = []
    for unit in units:
        found.append(unit.key)
        for group in unit.members:
            count = len(group.exprs) // 2
            if not count or any(group.first + number not in gone for number in range(count)):
                found.append((group.header,))
    return found


def _surroundings(text: str, document: Document) -> list[Any]:
    """The file as plain data, its lists of groups taken out."""
    roots: list[Any] = [to_plain(root) for root in compose(text, document.file)]
    layout: Layout = document.layout
    for unit in layout.units:
        if unit.logql:
            continue
        _take_out(roots, unit.path if unit.space.outer is None else unit.space.path)
    return roots


def _take_out(value: Any, path: tuple[str | int, ...]) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = None
