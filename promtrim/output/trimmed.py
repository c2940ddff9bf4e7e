"""What was trimmed from dashboards, as text and as JSON; ``schema/dashboard-trim.schema.json`` describes the object.

Fields may be added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from promtrim.dashboards.existing.model import Panel
from promtrim.dashboards.existing.trim import Removed
from promtrim.dashboards.existing.work import TrimmedDashboard, TrimmedDashboards, TrimmedFile
from promtrim.output.json import encoded, known
from promtrim.output.summary import by_text
from promtrim.output.terminal import Paint, wrapped
from promtrim.topology.model import Topology

VERSION: Literal[1] = 1
MOST_NAMES = 20
MOST_UNREAD = 10
_HEADINGS = {
    "topology": "Show nothing on this deployment",
    "not-scraped": "Show nothing: nothing delivers what they ask for",
    "logic": "Show nothing anywhere: mistakes to mend",
}


def account(
    trimmed: TrimmedDashboards, written: Sequence[str | None], paint: Paint = Paint(), width: int = 100  # noqa: B008 - frozen
) -> str:
    """Tell what went and why.

    Args:
        written: where each file was written to; None where it was not.
        width: columns to fill.
    """
    counts = _counts(trimmed)
    lines = [paint.bold(line) for line in wrapped(_headline(counts), width)]
    lines.append(paint.dim(_basis(trimmed.topology)))
    for file, dashboard in _each(trimmed):
        if dashboard.trimming.removed:
            lines += ["", *_dashboard(file, dashboard, paint, width)]
    lines += _left(trimmed, counts, paint, width)
    places = [path for path in written if path]
    if places:
        what = places[0] if len(places) == 1 else f"{len(places)} files"
        lines += ["", *wrapped(f"Wrote {what}", width)]
    return "\n".join(lines) + "\n"


def _headline(counts: dict[str, int]) -> str:
    removed = [
        _count(counts[f"{plural}_removed"], word)
        for plural, word in (("panels", "panel"), ("queries", "query"), ("rows", "row"), ("variables", "variable"),
                             ("links", "link"))
        if counts[f"{plural}_removed"]
    ]  # fmt: skip
    of = f"{_count(counts['panels'], 'panel')} in {_count(counts['dashboards'], 'dashboard')}"
    return f"{of}: removed {', '.join(removed)}" if removed else f"{of}: nothing to remove"


def _dashboard(file: TrimmedFile, dashboard: TrimmedDashboard, paint: Paint, width: int) -> list[str]:
    view, removed = dashboard.view, dashboard.trimming.removed
    gone = sum(each.what == "panel" for each in removed)
    name = f"{file.file} {dashboard.name}".rstrip()
    title = f" ({view.title})" if view.title else ""
    head = f"{name}{title} loses {gone} of {_count(len(view.panels), 'panel')}"
    if gone == len(view.panels):
        head += ": nothing is left of it, it can go as a whole"
    lines = [paint.bold(line) for line in wrapped(head, width)]
    for cause, heading in _HEADINGS.items():
        said = list(_said(dashboard, cause))
        if said:
            lines.append(f"  {(paint.warn if cause == 'logic' else str)(heading)}:")
            for text, names in by_text(said):
                lines += wrapped(f"{_listed(names)}: {text}", width, "        ", "    ")
    for what, words in (("row", "Rows that are empty then"), ("variable", "Variables that nothing uses then")):
        names = [each.title or "without a title" for each in removed if each.what == what]
        if names:
            lines += wrapped(f"{words}: {_listed(names)}", width, "    ", "  ")
    for each in removed:
        if each.what == "link":
            lines += wrapped(f"Link {each.title}: {each.text}", width, "    ", "  ")
    return lines


def _said(dashboard: TrimmedDashboard, cause: str) -> Iterator[tuple[str, str]]:
    """Reasons with panels that go, and with queries that go from panels that stay."""
    removed = dashboard.trimming.removed
    panels = {each.panel for each in removed if each.what == "panel"}
    for each in removed:
        if each.because is None or each.because.cause != cause:
            continue
        if each.what == "panel":
            yield each.text, _title(dashboard.view.panels[each.panel or 0])
        elif each.what == "query" and each.panel not in panels:
            query = f"query {each.title}" if each.title else "a query"
            yield each.text, f"{query} of {_title(dashboard.view.panels[each.panel or 0])}"


def _left(trimmed: TrimmedDashboards, counts: dict[str, int], paint: Paint, width: int) -> list[str]:
    lines: list[str] = []
    if counts["other_languages"]:
        lines += ["", *wrapped(f"Not looked at, no PromQL: {_count(counts['other_languages'], 'query')}", width)]
    unread = [
        f"{file.file}: {_title(dashboard.view.panels[number])}: {text}"
        for file, dashboard in _each(trimmed)
        for number, _, text in dashboard.trimming.unread
    ]
    if unread:
        lines += ["", paint.warn("Could not be read, and stay:")]
        for line in unread[:MOST_UNREAD]:
            lines += wrapped(line, width, "      ", "  ")
        if len(unread) > MOST_UNREAD:
            lines.append(f"  ... and {len(unread) - MOST_UNREAD} more (--format json has them all)")
    return lines


def _basis(topology: Topology) -> str:
    name = topology.name or topology.preset or "without a name"
    assumed = bool(topology.preset) and all(source.startswith("preset ") for source in topology.sources.values())
    return wrapped(f"topology {name}{' (assumed, see --topology)' if assumed else ''}", 1000)[0]


def report(trimmed: TrimmedDashboards, written: Sequence[str | None]) -> str:
    """The object as JSON text."""
    places = {id(file): path for file, path in zip(trimmed.files, written, strict=True)}
    return encoded(
        {
            "version": VERSION,
            "topology": known(msgspec.to_builtins(trimmed.topology)),
            "summary": _counts(trimmed),
            "dashboards": [_entry(file, dashboard, places[id(file)]) for file, dashboard in _each(trimmed)],
            "problems": [
                {"code": each.code, "text": each.text, "file": each.file, "line": each.line or None,
                 "column": each.column or None}
                for each in trimmed.problems
            ],
        }
    )  # fmt: skip


def _entry(file: TrimmedFile, dashboard: TrimmedDashboard, written: str | None) -> dict[str, Any]:
    view, trimming = dashboard.view, dashboard.trimming
    return {
        "file": file.file,
        "key": dashboard.name or None,
        "title": view.title,
        "uid": view.uid or None,
        "changed": bool(trimming.removed),
        "written_to": written,
        "panels": len(view.panels),
        "removed": [
            {
                "what": each.what,
                "title": each.title,
                "panel": None if each.panel is None else _of_panel(view.panels[each.panel]),
                "expr": each.expr if each.what == "query" else None,
                "reason": _reason(each),
                "line": where.line,
                "column": where.column,
            }
            for each, where in zip(trimming.removed, dashboard.places, strict=True)
        ],
        "unread": [
            {"panel": _of_panel(view.panels[number]), "query": target.ref, "expr": target.text, "text": text}
            for number, target, text in trimming.unread
        ],
        "other_languages": trimming.other,
    }


def _of_panel(panel: Panel) -> dict[str, Any]:
    return {"id": panel.id, "title": panel.title}


def _reason(removed: Removed) -> dict[str, Any]:
    because = removed.because
    return {
        "text": removed.text,
        "cause": because.cause if because else None,
        "source": (because.source or None) if because else None,
        "metric": (because.metric or None) if because else None,
    }


def _counts(trimmed: TrimmedDashboards) -> dict[str, int]:
    dashboards = [dashboard for _, dashboard in _each(trimmed)]
    removed = [each.what for dashboard in dashboards for each in dashboard.trimming.removed]
    return {
        "files": len(trimmed.files),
        "dashboards": len(dashboards),
        "panels": sum(len(each.view.panels) for each in dashboards),
        "queries": sum(len(panel.targets) for each in dashboards for panel in each.view.panels),
        "panels_removed": removed.count("panel"),
        "queries_removed": removed.count("query"),
        "rows_removed": removed.count("row"),
        "variables_removed": removed.count("variable"),
        "links_removed": removed.count("link"),
        "unread": sum(len(each.trimming.unread) for each in dashboards),
        "other_languages": sum(each.trimming.other for each in dashboards),
    }


def _each(trimmed: TrimmedDashboards) -> Iterator[tuple[TrimmedFile, TrimmedDashboard]]:
    for file in trimmed.files:
        for dashboard in file.dashboards:
            yield file, dashboard


def _title(panel: Panel) -> str:
    return repr(panel.title) if panel.title else f"panel {panel.id}" if panel.id is not None else "a panel without a title"


def _listed(names: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(names))
    rest = len(distinct) - MOST_NAMES
    return ", ".join(distinct[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {'queries' if word == 'query' else f'{word}s'}"
