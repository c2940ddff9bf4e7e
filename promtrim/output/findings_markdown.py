"""Findings as Markdown, for a job's summary or a page. What comes from rule files stands in code spans or is escaped."""

from __future__ import annotations

from promtrim.output.findings import summary
from promtrim.output.markdown import escaped
from promtrim.output.spans import span
from promtrim.output.summary import place
from promtrim.review.findings import KINDS, Finding
from promtrim.review.result import Result

MOST = 200
"""Findings shown of one kind; more are counted."""


def markdown(result: Result) -> str:
    """A document without a title."""
    lines = [f"**{escaped(summary(result))}**", ""]
    for kind in KINDS.values():
        some = [finding for finding in result.findings if finding.id == kind.id]
        if some:
            lines += [f"### {kind.title} ({len(some)})", "", *(line for each in some[:MOST] for line in _told(each))]
            if len(some) > MOST:
                lines.append(f"- and {len(some) - MOST} more")
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _told(finding: Finding) -> list[str]:
    where = finding.place
    rule = f"**{span(finding.rule)}** " if finding.rule else ""
    at = f"({span(place(where.file, where.line))})" if where.file else ""
    head = f"- {rule}{at}".rstrip()
    lines = [f"{head}: {escaped(finding.message)}" if rule or at else f"- {escaped(finding.message)}"]
    return [*lines, f"  *{escaped(finding.advice)}*"] if finding.advice else lines
