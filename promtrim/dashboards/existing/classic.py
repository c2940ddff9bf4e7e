"""The formats up to schema version 1: ``panels`` with rows among them, and before Grafana 5 ``rows`` that hold panels.

Fields as Grafana reads them; what is no panel or lacks what a panel needs is passed over, and so stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from promtrim.dashboards.existing.grid import COLUMNS, Box
from promtrim.dashboards.existing.jsontext import Path
from promtrim.dashboards.existing.languages import language
from promtrim.dashboards.existing.model import Cell, Grid, Link, Panel, Row, Target, Variable, View

KEYS = ("x", "y", "w", "h")
MOST = 1 << 31
"""Grid units beyond which a number is no place."""
SPANS = 12
"""Columns of a row before Grafana 5."""


def view(dashboard: dict[str, Any], base: Path) -> View:
    """The parts of a dashboard.

    Args:
        base: where it stands in the JSON.
    """
    return _Reader(dashboard, base).view()


class _Reader:
    """One reading of one dashboard."""

    def __init__(self, dashboard: dict[str, Any], base: Path) -> None:
        self.dashboard = dashboard
        self.base = base
        self.kinds = dict(_kinds(dashboard))
        self.library = _library(dashboard)
        self.panels: list[Panel] = []
        self.rows: list[Row] = []
        self.grids: list[Grid] = []

    def view(self) -> View:
        self._panels()
        self._old_rows()
        dashboard, base = self.dashboard, self.base
        return View(
            text(dashboard.get("title")), text(dashboard.get("uid")), tuple(self.panels), tuple(self.rows),
            tuple(self.grids), tuple(_variables(dashboard, base)), tuple(links(dashboard, base)),
        )  # fmt: skip

    def _panels(self) -> None:
        cells: list[Cell | None] = []
        open_row: tuple[Path, str, list[int], int] | None = None
        for path, panel in items(self.dashboard, self.base, "panels"):
            if panel.get("type") != "row":
                cells.append(self._panel(path, panel))
                if open_row is not None:
                    open_row[2].append(len(self.panels) - 1)
                continue
            if open_row is not None:
                self._row(open_row)
            nested = self._inside(path, panel)
            open_row = (path, text(panel.get("title")), nested, len(self.rows))
            self.rows.append(Row(path, open_row[1], tuple(nested)))
            cells.append(_header(path, panel, open_row[3]))
            if nested or panel.get("collapsed"):
                open_row = None  # a closed row has its panels inside; those after it belong to none
        if open_row is not None:
            self._row(open_row)
        self._grid(cells)

    def _row(self, opened: tuple[Path, str, list[int], int]) -> None:
        path, title, members, number = opened
        self.rows[number] = Row(path, title, tuple(members))

    def _inside(self, path: Path, row: dict[str, Any]) -> list[int]:
        """The panels that a closed row holds, and their grid, which is their own."""
        first = len(self.panels)
        self._grid([self._panel(inner, panel) for inner, panel in items(row, path, "panels")])
        return list(range(first, len(self.panels)))

    def _old_rows(self) -> None:
        for path, row in items(self.dashboard, self.base, "rows"):
            first = len(self.panels)
            spans: list[Cell | None] = []
            x = 0
            for inner, panel in items(row, path, "panels"):
                self._panel(inner, panel)
                span = panel.get("span")
                if not isinstance(span, int) or not 0 < span <= SPANS:
                    x += SPANS + 1  # not told: the row stays as it is
                    continue
                spans.append(Cell(inner, ("", "", "span", ""), Box(x, 0, span, 1), len(self.panels) - 1))
                x += span
            if x == SPANS:  # one line; several lines close up by themselves
                self._grid(spans, SPANS)
            self.rows.append(Row(path, text(row.get("title")), tuple(range(first, len(self.panels)))))

    def _grid(self, cells: list[Cell | None], columns: int = COLUMNS) -> None:
        placed = tuple(cell for cell in cells if cell is not None)
        if placed and len(placed) == len(cells):  # else Grafana places some itself, and none can be moved safely
            self.grids.append(Grid(placed, columns))

    def _panel(self, path: Path, panel: dict[str, Any]) -> Cell | None:
        """Enter a panel; its place in the grid, where it has one."""
        linked = panel.get("libraryPanel")
        source: Mapping[str, Any] | None = panel
        if isinstance(linked, dict):
            source = self.library.get(text(linked.get("uid")))
        number = panel.get("id")
        found = Panel(
            path,
            number if type(number) is int else None,
            text(panel.get("title")) or (text(linked.get("name")) if isinstance(linked, dict) else ""),
            text(panel.get("type")),
            () if source is None else tuple(self._targets(path, source)),
            pinned=_pinned(panel),
            whole=isinstance(linked, dict),
        )
        self.panels.append(found)
        box = box_of(panel.get("gridPos"), KEYS)
        return None if box is None else Cell((*path, "gridPos"), KEYS, box, len(self.panels) - 1)

    def _targets(self, path: Path, panel: Mapping[str, Any]) -> Iterator[Target]:
        for inner, target in items(panel, path, "targets"):
            own = target.get("datasource")
            kind = language(panel.get("datasource") if own is None else own, self.kinds)
            yield target_of(inner, text(target.get("refId")), kind, target, bool(target.get("hide")))


def target_of(path: Path, ref: str, kind: Any, query: dict[str, Any], hidden: bool) -> Target:
    """A query, its language told by its fields where they do."""
    written = query.get("expr")
    if kind in ("promql", "perhaps") and not isinstance(written, str):
        kind = "panel" if "panelId" in query and kind == "perhaps" else "other"
    if kind in ("promql", "perhaps") and not str(written).strip():
        kind = "other"  # nothing asked yet
    shown = written if isinstance(written, str) else query.get("expression")
    return Target(path, ref, kind, text(shown), hidden, query)


def _header(path: Path, row: dict[str, Any], number: int) -> Cell | None:
    """A row's place: Grafana draws it over the whole width and one unit high, whatever is written."""
    place = row.get("gridPos")
    y = place.get("y", 0) if isinstance(place, dict) else None
    if type(y) is not int or not 0 <= y < MOST:
        return None
    return Cell((*path, "gridPos"), ("", "y", "", ""), Box(0, y, COLUMNS, 1), row=number)


def box_of(place: Any, keys: tuple[str, str, str, str]) -> Box | None:
    """The box that an object tells; None where it tells none in whole numbers, or one beyond the grid."""
    if not isinstance(place, dict):
        return None
    x, y, w, h = (place.get(key, 0) for key in keys)
    if not all(type(number) is int and 0 <= number < MOST for number in (x, y, w, h)):
        return None
    if not w or not h or x + w > COLUMNS:
        return None
    return Box(x, y, w, h)


def _kinds(dashboard: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of inputs and data source variables, and the type that each chooses from."""
    for _, each in items(dashboard, (), "__inputs"):
        yield text(each.get("name")), text(each.get("pluginId"))
    listed = dashboard.get("templating")
    for _, variable in items(listed if isinstance(listed, dict) else {}, (), "list"):
        if variable.get("type") == "datasource":
            yield text(variable.get("name")), text(variable.get("query"))


def _library(dashboard: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Models of library panels that came along in an export, by uid."""
    elements = dashboard.get("__elements")
    listed = elements.values() if isinstance(elements, dict) else elements if isinstance(elements, list) else ()
    return {
        text(each.get("uid")): each["model"]
        for each in listed
        if isinstance(each, dict) and isinstance(each.get("model"), dict)
    }


def _pinned(panel: dict[str, Any]) -> frozenset[str]:
    """The queries that a panel's alert of before Grafana 8 asks."""
    alert = panel.get("alert")
    found = set()
    for _, condition in items(alert if isinstance(alert, dict) else {}, (), "conditions"):
        query = condition.get("query")
        params = query.get("params") if isinstance(query, dict) else None
        if isinstance(params, list) and params:
            found.add(text(params[0]))
    return frozenset(found)


def _variables(dashboard: dict[str, Any], base: Path) -> Iterator[Variable]:
    listed = dashboard.get("templating")
    if isinstance(listed, dict):
        for path, variable in items(listed, (*base, "templating"), "list"):
            yield Variable(path, text(variable.get("name")))


def links(dashboard: dict[str, Any], base: Path) -> Iterator[Link]:
    """The links of the whole dashboard."""
    for path, link in items(dashboard, base, "links"):
        yield Link(path, text(link.get("title")), text(link.get("url")))


def items(holder: Mapping[str, Any], base: Path, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The objects in a list, with their paths; what is no object is passed over."""
    listed = holder.get(key)
    for number, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, dict):
            yield (*base, key, number), each


def text(value: Any) -> str:
    """A text; "" for anything else."""
    return value if isinstance(value, str) else ""
