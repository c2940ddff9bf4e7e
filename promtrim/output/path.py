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
MANY = 3
"""What is said of the same link of so many alerts is said once, before them."""
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
    shared = {} if every else _shared(ways.ways)
    if shared:
        lines += ["", "The same for many:"]
        lines += [line for link, number in shared.items() for line in _told(link, width, f" ({number} alerts)", "  ")]
        lines.append("")
    for way in ways.ways:
        lines += _way(way, paint, width, every, frozenset(shared))
    return "\n".join(lines) + "\n"


def _shared(ways: Sequence[Way]) -> dict[Link, int]:
    """Links that break, or are not known, for many alerts alike: how many."""
    counts: dict[Link, int] = {}
    for way in ways:
        for link in _worth_telling(way):
            counts[link] = counts.get(link, 0) + 1
    return {link: number for link, number in counts.items() if number >= MANY}


def _worth_telling(way: Way) -> list[Link]:
    return [link for link in way.links if link.mark == "broken" or (link.mark == "open" and way.mark == "open")]


def _headline(ways: Sequence[Way]) -> str:
    counts = {mark: sum(way.mark == mark for way in ways) for mark in SIGNS}
    return (
        f"{len(ways)} {'alert' if len(ways) == 1 else 'alerts'}: {counts['ok']} reach somebody, "
        f"{counts['broken']} do not, {counts['open']} cannot be told"
    )


def _way(way: Way, paint: Paint, width: int, every: bool, said: frozenset[Link]) -> list[str]:
    signs = "".join(SIGNS[link.mark] for link in way.links)
    colour = {"ok": paint.good, "broken": paint.bad, "open": paint.warn}[way.mark]
    critical = ", critical" if way.critical else ""
    lines = [f"{colour(signs)} {one_line(way.alert)} {paint.dim(f'({one_line(place(way.file, way.line))}{critical})')}"]
    for link in way.links if every else _worth_telling(way):
        if link not in said:
            lines += _told(link, width)
    return lines


def _told(link: Link, width: int, more: str = "", indent: str = "         ") -> list[str]:
    where = place(link.file, link.line) if link.file else ""
    after = f" ({where})" if where and where not in link.text else ""
    return wrapped(f"{SIGNS[link.mark]} {link.name}{more}: {link.text}{after}", width, f"{indent}    ", indent)


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
        "verdict": way.verdict,
        "cause": way.cause,
        "mark": way.mark,
        "links": [_placed(msgspec.to_builtins(link)) for link in way.links],
    }


def _placed(value: dict[str, Any]) -> dict[str, Any]:
    """A missing place is null, as in the other outputs."""
    return {key: (each or None) if key in ("file", "line", "column") else each for key, each in value.items()}
