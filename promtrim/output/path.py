"""The way from target to person, as text and as JSON: one line per link where something is wrong, one per alert else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from promtrim.output.json import encoded
from promtrim.output.summary import place
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.path.model import LINKS, Link, Mark, Way, Ways

VERSION: Literal[1] = 1
SIGNS: dict[Mark, str] = {"ok": "+", "broken": "x", "open": "?"}


def text(ways: Ways, paint: Paint = Paint(), width: int = 100, every: bool = False) -> str:  # noqa: B008 - frozen
    """The findings on the stack, then each alert's way.

    Args:
        every: tell every link, also those that hold.
    """
    lines: list[str] = []
    if ways.findings:
        lines.append(paint.bad(f"Wrong with the stack ({len(ways.findings)}):"))
        for each in ways.findings:
            where = f"{place(each.file, each.line, each.column)}: " if each.file else ""
            lines += wrapped(f"{where}{each.text}", width, "      ", "  ")
        lines.append("")
    lines.append(paint.bold(_headline(ways.ways)))
    key = f"{SIGNS['ok']} holds, {SIGNS['broken']} breaks, {SIGNS['open']} not known"
    lines.append(paint.dim(f"{' > '.join(LINKS)}   {key}"))
    for way in ways.ways:
        lines += _way(way, paint, width, every)
    return "\n".join(lines) + "\n"


def _headline(ways: Sequence[Way]) -> str:
    counts = {mark: sum(way.mark == mark for way in ways) for mark in SIGNS}
    return (
        f"{len(ways)} {'alert' if len(ways) == 1 else 'alerts'}: {counts['ok']} reach somebody, "
        f"{counts['broken']} do not, {counts['open']} cannot be told"
    )


def _way(way: Way, paint: Paint, width: int, every: bool) -> list[str]:
    signs = "".join(SIGNS[link.mark] for link in way.links)
    colour = {"ok": paint.good, "broken": paint.bad, "open": paint.warn}[way.mark]
    critical = ", critical" if way.critical else ""
    lines = [f"{colour(signs)} {one_line(way.alert)} {paint.dim(f'({one_line(place(way.file, way.line))}{critical})')}"]
    for link in way.links:
        if every or link.mark == "broken" or (link.mark == "open" and way.mark == "open"):
            lines += _told(link, width)
    return lines


def _told(link: Link, width: int) -> list[str]:
    where = place(link.file, link.line) if link.file else ""
    after = f" ({where})" if where and where not in link.text else ""
    return wrapped(f"{SIGNS[link.mark]} {link.name}: {link.text}{after}", width, "             ", "         ")


def report(ways: Ways) -> str:
    """The object as JSON text."""
    alerts = [_entry(way) for way in ways.ways]
    findings = [_placed(msgspec.to_builtins(each)) for each in ways.findings]
    return encoded({"version": VERSION, "findings": findings, "alerts": alerts})


def _entry(way: Way) -> dict[str, Any]:
    return {
        "alert": way.alert,
        "file": way.file,
        "line": way.line,
        "critical": way.critical,
        "mark": way.mark,
        "links": [_placed(msgspec.to_builtins(link)) for link in way.links],
    }


def _placed(value: dict[str, Any]) -> dict[str, Any]:
    """A missing place is null, as in the other outputs."""
    return {key: (each or None) if key in ("file", "line", "column") else each for key, each in value.items()}
