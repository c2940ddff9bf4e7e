"""What goes from a dashboard, and why: queries that can return nothing here, and what is then empty or without use.

Decides and changes nothing. Judgement has no place here: only what the evaluator proves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from promtrim.dashboards.existing.grid import close_up
from promtrim.dashboards.existing.jsontext import Path
from promtrim.dashboards.existing.model import Grid, Panel, Row, Target, View
from promtrim.dashboards.existing.variables import used

LONGEST_CHAIN = 50
"""Expressions that rest on each other, at most; those beyond stay."""

Cause = Literal["topology", "not-scraped", "logic"]
What = Literal["query", "panel", "row", "variable", "link"]


class Nothing(msgspec.Struct, frozen=True):
    """Why a query can return nothing here."""

    cause: Cause
    text: str
    """One sentence."""
    source: str = ""
    """Where the fact that it rests on comes from."""
    metric: str = ""
    """The metric that it comes down to, where it is one."""


class Unread(msgspec.Struct, frozen=True):
    """A query that is PromQL by its data source and cannot be read."""

    text: str


Asked = Nothing | Unread | None
Ask = Callable[[str, bool], Asked]
"""What is known of a PromQL text; the flag says that it may be another language."""


class Removed(msgspec.Struct, frozen=True):
    """One thing that goes."""

    what: What
    path: Path
    title: str
    """Of the panel, row or link; name of the variable; refId of the query."""
    text: str
    """Why, in one sentence."""
    panel: int | None = None
    """Index of the panel that it is, or is a query of."""
    expr: str = ""
    because: Nothing | None = None


class Trimming(msgspec.Struct, frozen=True):
    """What goes, and what moves."""

    removed: tuple[Removed, ...] = ()
    gone: tuple[Path, ...] = ()
    """Entries to take out of the JSON."""
    numbers: dict[Path, int] = {}
    """Places in the grid that change."""
    unread: tuple[tuple[int, Target, str], ...] = ()
    """Queries that could not be read, with the panel's index and what is wrong; they stay."""
    other: int = 0
    """Queries in other languages; they stay."""


class _Fate(msgspec.Struct):
    """What becomes of one query."""

    panel: int
    target: Target
    empty: Nothing | None = None


def trim(view: View, value: dict[str, Any], base: Path, ask: Ask) -> Trimming:
    """Decide for one dashboard.

    Args:
        value: the dashboard; base: where it stands in its JSON.
        ask: what the evaluator says of a query.
    """
    fates, unread, other = _ask_all(view, ask)
    _follow(view, fates)
    panels = _empty_panels(view, fates)
    going = _going(view, fates, panels)
    if not going:
        return Trimming(unread=unread, other=other)
    removed = [_query(fate) for fate in going]
    removed += [_panel(view.panels[number], number, going) for number in sorted(panels)]
    rows = _empty_rows(view.rows, panels)
    removed += [
        Removed("row", view.rows[number].path, view.rows[number].title, "all that it held is gone")
        for number in sorted(rows)
    ]
    gone = {each.path for each in removed}
    gone.update(place for number in panels for place in view.panels[number].places)
    links = _dead_links(view, panels)
    removed += links
    gone.update(link.path for link in links)
    variables = _unused(view, value, base, gone)
    removed += variables
    gone.update(variable.path for variable in variables)
    numbers: dict[Path, int] = {}
    for grid in view.grids:
        numbers.update(_closed(grid, panels, rows))
    outermost = tuple(path for path in sorted(gone, key=len) if not any(path[:n] in gone for n in range(1, len(path))))
    kept = {path: n for path, n in numbers.items() if not any(path[:k] in gone for k in range(1, len(path)))}
    return Trimming(tuple(removed), outermost, kept, unread, other)


def _ask_all(view: View, ask: Ask) -> tuple[list[_Fate], tuple[tuple[int, Target, str], ...], int]:
    fates: list[_Fate] = []
    unread: list[tuple[int, Target, str]] = []
    other = 0
    for number, panel in enumerate(view.panels):
        for target in panel.targets:
            fate = _Fate(number, target)
            fates.append(fate)
            if target.language in ("promql", "perhaps"):
                answer = ask(target.text, target.language == "perhaps")
                if isinstance(answer, Nothing):
                    fate.empty = answer
                elif isinstance(answer, Unread):
                    unread.append((number, target, answer.text))
            elif target.language == "other":
                other += 1
    return fates, tuple(unread), other


def _follow(view: View, fates: Sequence[_Fate]) -> None:
    """Settle what rests on other queries: expressions over them, panels that show another panel's results."""
    by_panel: dict[int, list[_Fate]] = {}
    by_ref: dict[tuple[int, str], list[_Fate]] = {}
    for fate in fates:
        by_panel.setdefault(fate.panel, []).append(fate)
        by_ref.setdefault((fate.panel, fate.target.ref), []).append(fate)
    ids = {panel.id: number for number, panel in enumerate(view.panels) if panel.id is not None}

    def rests_on(fate: _Fate) -> list[_Fate]:
        if fate.target.language == "panel":
            other = fate.target.options.get("panelId")
            return by_panel.get(ids.get(other, -1), []) if type(other) is int else []
        found = [by_ref.get((fate.panel, ref), []) for ref in _inputs(fate.target)]
        return [each for several in found for each in several] if all(found) else []

    waiting = [(fate, rests_on(fate)) for fate in fates if fate.target.language in ("expression", "panel")]
    for _ in range(LONGEST_CHAIN):
        before = len(waiting)
        for fate, others in waiting:
            if others and all(other.empty is not None for other in others):
                fate.empty = others[0].empty
        waiting = [(fate, others) for fate, others in waiting if fate.empty is None]
        if len(waiting) == before:
            break


_REFERENCE = re.compile(r"\$\{?(\w+)\}?", re.ASCII)
_NULLS = re.compile(r"\bis_null\b|\bis_nan\b|\bis_number\b", re.ASCII)


def _inputs(target: Target) -> frozenset[str]:
    """The queries whose results an expression works on, where it returns nothing once they do; else none."""
    kind = target.options.get("type")
    text = target.text
    if kind == "math" and not _NULLS.search(text):
        return frozenset(_REFERENCE.findall(text))
    if kind in ("reduce", "resample", "threshold"):
        return frozenset((text.lstrip("$"),))
    return frozenset()


def _mentioned(target: Target) -> frozenset[str]:
    """All queries that an expression may work on."""
    texts = re.findall(r"\w+", f"{target.text} {target.options.get('conditions')}", re.ASCII)
    return frozenset(texts)


def _empty_panels(view: View, fates: Sequence[_Fate]) -> set[int]:
    """Panels of whose queries none that is shown can return anything."""
    elsewhere = [fate for fate in fates if fate.target.language == "panel" and fate.empty is None]
    shown_elsewhere = {other for fate in elsewhere if type(other := fate.target.options.get("panelId")) is int}
    by_panel: dict[int, list[_Fate]] = {}
    for fate in fates:
        by_panel.setdefault(fate.panel, []).append(fate)
    found = set()
    for number, own in by_panel.items():
        panel = view.panels[number]
        shown = [fate for fate in own if not fate.target.hidden]
        if not shown or any(fate.empty is None for fate in shown) or any(f.target.ref in panel.pinned for f in own):
            continue
        if all(fate.empty is not None for fate in own) or panel.id not in shown_elsewhere:
            found.add(number)
    return found


def _going(view: View, fates: Sequence[_Fate], panels: set[int]) -> list[_Fate]:
    """Queries that go: not those that something which stays speaks of by their refId."""
    by_panel: dict[int, list[_Fate]] = {}
    for fate in fates:
        by_panel.setdefault(fate.panel, []).append(fate)
    found: list[_Fate] = []
    for number, own in by_panel.items():
        if number in panels:
            found += own
        elif not view.panels[number].whole:
            needed = _needed(view.panels[number], own)
            found += [fate for fate in own if fate.empty is not None and fate.target.ref not in needed]
    return found


def _needed(panel: Panel, fates: Sequence[_Fate]) -> set[str]:
    """The refIds that a panel's alert, and expressions that stay, speak of."""
    mentions: dict[str, set[str]] = {}
    waiting = list(panel.pinned)
    for fate in fates:
        if fate.target.language == "expression":
            mentioned = _mentioned(fate.target)
            mentions.setdefault(fate.target.ref, set()).update(mentioned)
            if fate.empty is None:
                waiting += mentioned
    needed: set[str] = set()
    while waiting:
        ref = waiting.pop()
        if ref not in needed:
            needed.add(ref)
            waiting += mentions.get(ref, ())
    return needed


def _query(fate: _Fate) -> Removed:
    target = fate.target
    text = fate.empty.text if fate.empty is not None else "its panel shows none of its results"
    return Removed("query", target.path, target.ref, text, fate.panel, target.text, fate.empty)


def _panel(panel: Panel, number: int, going: Sequence[_Fate]) -> Removed:
    reasons = [fate.empty for fate in going if fate.panel == number and fate.empty and not fate.target.hidden]
    first = reasons[0]
    alike = all(reason.text == first.text for reason in reasons)
    text = first.text if alike else "none of its queries can return anything here"
    return Removed("panel", panel.path, panel.title, text, number, because=first)


def _empty_rows(rows: Sequence[Row], panels: set[int]) -> set[int]:
    """Rows that held something, and whose panels and rows have all gone."""
    found: set[int] = set()
    for number, row in enumerate(rows):  # a row's own rows stand before it
        if (row.panels or row.rows) and panels.issuperset(row.panels) and found.issuperset(row.rows):
            found.add(number)
    return found


_PANEL_ID = re.compile(r"[?&](?:viewPanel|editPanel|panelId)=(?:panel-)?(\d{1,15})\b", re.ASCII)


def _dead_links(view: View, panels: set[int]) -> list[Removed]:
    """Links of the dashboard to a panel of its own that goes."""
    ids = {view.panels[number].id for number in panels}
    ids -= {panel.id for number, panel in enumerate(view.panels) if number not in panels}
    found = []
    for link in view.links:
        match = _PANEL_ID.search(link.url)
        page = link.url.partition("?")[0]
        own = not page or (bool(view.uid) and view.uid in page.split("/"))
        if match and own and int(match[1]) in ids:
            found.append(Removed("link", link.path, link.title, f"it leads to panel {match[1]}, which is gone"))
    return found


def _unused(view: View, value: dict[str, Any], base: Path, gone: set[Path]) -> list[Removed]:
    """Variables that only what goes has used, directly or through other variables that go."""
    names = {variable.name for variable in view.variables if variable.name}
    if not names:
        return []
    pieces = {variable.path: used(_at(value, variable.path[len(base) :])) for variable in view.variables}
    before = used(without(value, base, set(pieces)))
    after = used(without(value, base, gone | set(pieces)))
    own = {variable.path: variable.name for variable in view.variables}
    was_used = _closure(before, own, pieces)
    is_used = _closure(after, own, pieces)
    text = "nothing that is left uses it"
    return [
        Removed("variable", variable.path, variable.name, text)
        for variable in view.variables
        if variable.name in was_used and variable.name not in is_used
    ]


def _closure(roots: set[str], own: dict[Path, str], pieces: dict[Path, set[str]]) -> set[str]:
    """The variables that are used, those that used variables use included."""
    uses: dict[str, set[str]] = {}
    for path, name in own.items():
        uses.setdefault(name, set()).update(pieces[path])
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += uses.get(name, ())
    return found


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def without(value: Any, path: Path, gone: set[Path]) -> Any:
    """A JSON value that stands at a path, copied without the entries at some paths."""
    if isinstance(value, dict):
        return {key: without(each, (*path, key), gone) for key, each in value.items() if (*path, key) not in gone}
    if isinstance(value, list):
        return [without(each, (*path, n), gone) for n, each in enumerate(value) if (*path, n) not in gone]
    return value


def _closed(grid: Grid, panels: set[int], rows: set[int]) -> dict[Path, int]:
    """The numbers that change where a grid closes up."""
    gone = [cell.panel in panels or cell.row in rows for cell in grid.cells]
    if not any(gone):
        return {}
    boxes = close_up([cell.box for cell in grid.cells], gone, grid.columns)
    return {
        (*cell.path, key): new
        for cell, box, out in zip(grid.cells, boxes, gone, strict=True) if not out
        for key, old, new in zip(cell.keys, _numbers(cell.box), _numbers(box), strict=True) if key and old != new
    }  # fmt: skip


def _numbers(box: Any) -> tuple[int, int, int, int]:
    return box.x, box.y, box.w, box.h
