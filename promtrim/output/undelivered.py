"""Series that dashboards ask for and no kept rule delivers, as text and as JSON.

``schema/dashboard-check.schema.json`` describes the object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from promtrim.dashboards.existing.check import Undelivered
from promtrim.output.json import encoded
from promtrim.output.summary import place
from promtrim.output.terminal import Paint, one_line

VERSION: Literal[1] = 1


def text(found: Sequence[Undelivered], paint: Paint = Paint()) -> str:  # noqa: B008 - frozen
    """One line per query and series, in the order of the dashboards."""
    if not found:
        return "Every recorded series that the dashboards ask for is delivered.\n"
    lines = []
    for each in found:
        where = one_line(place(each.file, each.line, each.column))
        title = f" {one_line(each.title)!r}" if each.title else ""
        lines.append(f"{where}: {each.what}{title} asks for {paint.bad(one_line(each.name))}: {one_line(each.text)}")
    queries = len({(each.file, each.key, each.line, each.column) for each in found})
    lines.append(f"{queries} {'query asks' if queries == 1 else 'queries ask'} for what is not delivered")
    return "\n".join(lines) + "\n"


def report(found: Sequence[Undelivered]) -> str:
    """The object as JSON text."""
    entries = [{**msgspec.to_builtins(each), "key": each.key or None} for each in found]
    return encoded({"version": VERSION, "undelivered": entries})
