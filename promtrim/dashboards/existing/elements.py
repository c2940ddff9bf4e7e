"""Schema version 2: ``elements`` by name, and a layout of grids, rows and tabs that refers to them.

https://grafana.com/docs/grafana/latest/observability-as-code/schema-v2/ ; the alpha versions are read as well, where a
query's kind is its language and a grid holds its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promtrim.dashboards.existing.classic import box_of, items, links, target_of, text
from promtrim.dashboards.existing.jsontext import Path
from promtrim.dashboards.existing.languages import language, of_kind
from promtrim.dashboards.existing.model import Cell, Grid, Language, Panel, Row, Target, Variable, View

KEYS = ("x", "y", "width", "height")
_HOLDERS = {"rows": "row", "tabs": "tab"}
"""Lists in a layout whose entries have a layout of their own."""


def view(dashboard: dict[str, Any], base: Path) -> View:
    """The parts of a dashboard's ``spec``.

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
        self.numbers: dict[str, int] = {}
        """Index of each element's panel."""
        self.places: dict[int, list[Path]] = {}
        self.rows: list[Row] = []
        self.grids: list[Grid] = []
        self.variables: list[Variable] = []

    def view(self) -> View:
        base = self.base
        panels: list[Panel] = []
        elements = self.dashboard.get("elements")
        for name, element in elements.items() if isinstance(elements, dict) else ():
            if isinstance(element, dict):
                self.numbers[name] = len(panels)
                panels.append(self._panel((*base, "elements", name), element))
        self.variables += _variables(self.dashboard, base)
        self._layout(self.dashboard.get("layout"), (*base, "layout"))
        placed = tuple(
            Panel(each.path, each.id, each.title, each.type, each.targets, tuple(self.places.get(number, ())))
            for number, each in enumerate(panels)
        )
        return View(
            text(self.dashboard.get("title")), text(self.dashboard.get("uid")), placed, tuple(self.rows),
            tuple(self.grids), tuple(self.variables), tuple(links(self.dashboard, base)),
        )  # fmt: skip

    def _layout(self, layout: Any, path: Path) -> tuple[list[int], list[int]]:
        """Read a layout; the panels and rows right inside it."""
        spec = layout.get("spec") if isinstance(layout, dict) else None
        if not isinstance(spec, dict):
            return [], []
        panels, rows = self._items(spec, (*path, "spec"), "items")
        for key, kind in _HOLDERS.items():
            for inner, holder in items(spec, (*path, "spec"), key):
                own = holder.get("spec")
                if isinstance(own, dict):
                    below = self._layout(own.get("layout"), (*inner, "spec", "layout"))
                    self.variables += _variables(own, (*inner, "spec"))
                    rows.append(self._row(inner, text(own.get("title")), below, kind))
        return panels, rows

    def _items(self, spec: dict[str, Any], path: Path, key: str) -> tuple[list[int], list[int]]:
        """The items of a grid, with or without places of their own; in alpha versions rows stand among them."""
        panels: list[int] = []
        rows: list[int] = []
        cells: list[Cell | None] = []
        for inner, item in items(spec, path, key):
            own = item.get("spec")
            if not isinstance(own, dict):
                continue
            if item.get("kind") == "GridLayoutRow":
                below, _ = self._items(own, (*inner, "spec"), "elements")
                rows.append(self._row(inner, text(own.get("title")), (below, []), "row"))
                cells.append(None)  # its height is not told: what stands below it cannot be moved safely
                continue
            number = self._element(own)
            if number is None:
                continue
            self.places.setdefault(number, []).append(inner)
            panels.append(number)
            if "x" in own or "y" in own:
                box = box_of(own, KEYS)
                cells.append(None if box is None else Cell((*inner, "spec"), KEYS, box, number))
        placed = tuple(cell for cell in cells if cell is not None)
        if placed and len(placed) == len(cells):
            self.grids.append(Grid(placed))
        return panels, rows

    def _row(self, path: Path, title: str, below: tuple[list[int], list[int]], kind: str) -> int:
        self.rows.append(Row(path, title, tuple(below[0]), tuple(below[1]), kind))
        return len(self.rows) - 1

    def _element(self, spec: dict[str, Any]) -> int | None:
        element = spec.get("element")
        return self.numbers.get(text(element.get("name"))) if isinstance(element, dict) else None

    def _panel(self, path: Path, element: dict[str, Any]) -> Panel:
        spec = element.get("spec")
        if not isinstance(spec, dict):
            spec = {}
        number = spec.get("id")
        shown = spec.get("vizConfig")
        kind = text(shown.get("group") or shown.get("kind")) if isinstance(shown, dict) else ""
        data = spec.get("data")
        group = data.get("spec") if isinstance(data, dict) else None
        queries: tuple[Target, ...] = ()
        if element.get("kind") == "Panel" and isinstance(group, dict):
            queries = tuple(self._queries(group, (*path, "spec", "data", "spec")))
        return Panel(path, number if type(number) is int else None, text(spec.get("title")), kind, queries)

    def _queries(self, group: dict[str, Any], path: Path) -> Iterator[Target]:
        for inner, query in items(group, path, "queries"):
            spec = query.get("spec")
            if not isinstance(spec, dict):
                spec = {}
            asked = spec.get("query")
            if not isinstance(asked, dict):
                asked = {}
            fields = asked.get("spec")
            kind = self._language(spec, asked)
            ref = text(spec.get("refId"))
            yield target_of(inner, ref, kind, fields if isinstance(fields, dict) else {}, bool(spec.get("hidden")))

    def _language(self, spec: dict[str, Any], asked: dict[str, Any]) -> Language:
        source = asked.get("datasource") or spec.get("datasource")
        if isinstance(source, dict) and "name" in source:
            source = source["name"]
        named = language(source, self.kinds)
        kind = text(asked.get("group") if asked.get("kind") == "DataQuery" else asked.get("kind"))
        if named in ("panel", "expression") or not kind:
            return named
        return of_kind(kind)


def _kinds(dashboard: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for _, variable in items(dashboard, (), "variables"):
        spec = variable.get("spec")
        if variable.get("kind") == "DatasourceVariable" and isinstance(spec, dict):
            yield text(spec.get("name")), text(spec.get("pluginId"))


def _variables(holder: dict[str, Any], base: Path) -> Iterator[Variable]:
    for path, variable in items(holder, base, "variables"):
        spec = variable.get("spec")
        if isinstance(spec, dict):
            yield Variable(path, text(spec.get("name")))
