"""Findings as workflow commands: GitHub shows them at file and line of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions: in the text of a command ``%``, line feed
and carriage return are escaped, in its properties ``:`` and ``,`` as well. A step shows ten annotations of each level.
"""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.output.terminal import one_line
from promtrim.review.findings import KINDS, LEVELS, Finding, Level
from promtrim.review.repository import below

MOST = 10
"""Annotations of one level that GitHub shows of a step."""
LONGEST = 4000
"""Characters of one text; GitHub cuts what is much longer."""

_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def workflow_commands(findings: Sequence[Finding], root: str | None) -> str:
    """One command per finding, the worst first; where there are too many, the last one counts the rest.

    Args:
        root: the repository's folder, which GitHub knows files below; None: files as they were named.
    """
    lines: list[str] = []
    for level in LEVELS:
        some = [finding for finding in findings if finding.level == level]
        shown = some if len(some) <= MOST else some[: MOST - 1]
        lines += [_command(finding, root) for finding in shown]
        if len(shown) < len(some):
            more = f"{len(some) - len(shown)} more findings of this level are in the job's summary and the other formats"
            lines.append(f"::{_COMMANDS[level]} title=promtrim::{_data(more)}")
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding, root: str | None) -> str:
    place = finding.place
    properties = {}
    if place.file:
        properties["file"] = (below(place.file, root) if root else None) or place.file
    if place.line:
        properties["line"] = str(place.line)
        if place.column:
            properties["col"] = str(place.column)
        if place.end_column:
            properties["endColumn"] = str(place.end_column)
    title = KINDS[finding.id].title
    properties["title"] = f"{title}: {finding.rule}" if finding.rule else title
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = finding.message + (f". What to do: {finding.advice}" if finding.advice else "")
    return f"::{_COMMANDS[finding.level]} {written}::{_data(text)}"


def _data(text: str) -> str:
    return one_line(text)[:LONGEST].replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("##[", "# #[")


def _property(text: str) -> str:
    return _data(text[:LONGEST]).replace(":", "%3A").replace(",", "%2C")
