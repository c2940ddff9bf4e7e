"""Findings as lines that people, editors and terminals read: ``file:line:column: level: rule: message [id]``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from promtrim.output.runners import harmless
from promtrim.output.summary import place
from promtrim.output.terminal import Paint, one_line
from promtrim.review.findings import LEVELS, Finding
from promtrim.review.result import Result


def text(result: Result, paint: Paint = Paint()) -> str:  # noqa: B008 - frozen
    """All findings and a last line that counts them. No line is a command to a CI runner."""
    lines = [line for finding in result.findings for line in told(finding, paint)]
    return harmless("\n".join([*lines, summary(result)]) + "\n")


def told(finding: Finding, paint: Paint) -> list[str]:
    """One finding: its line, and one for what to do."""
    where = finding.place
    head = f"{one_line(place(where.file, where.line, where.column))}: " if where.file else ""
    colour = {"error": paint.bad, "warning": paint.warn, "note": paint.dim}[finding.level]
    rule = f"{paint.bold(one_line(finding.rule))}: " if finding.rule else ""
    lines = [f"{head}{colour(finding.level)}: {rule}{one_line(finding.message)} {paint.dim(f'[{finding.id}]')}"]
    if finding.advice:
        lines.append(f"    -> {one_line(finding.advice)}")
    return lines


def summary(result: Result, nothing: str = "nothing to say") -> str:
    """One line: how many findings of which level, what the baseline holds, and why the check fails.

    Args:
        nothing: what to say where there are no findings.
    """
    found = counted(result.findings)
    read = f"{len(result.rules)} rule{'' if len(result.rules) == 1 else 's'}"
    parts = [f"{read}: {found or nothing}"]
    if result.accepted:
        parts.append(f"{len(result.accepted)} more in the baseline")
    if result.outdated:
        parts.append(f"{result.outdated} of the baseline mended: write it anew")
    if result.fails:
        kinds = Counter(finding.id for finding in result.fails)
        parts.append("fails on " + ", ".join(f"{kind} ({count})" for kind, count in kinds.items()))
    return "; ".join(parts)


def counted(findings: Sequence[Finding]) -> str:
    """``3 errors, 1 note``; "" where there are none."""
    counts = Counter(finding.level for finding in findings)
    return ", ".join(f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}" for level in LEVELS if counts[level])
