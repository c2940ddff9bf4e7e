"""The words on a dashboard: titles, descriptions, what states are called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from promtrim.dashboards.building.model import Link
from promtrim.durations import format_duration
from promtrim.judge.model import Judged
from promtrim.plaintext import one_line
from promtrim.rulefile.model import Rule

_LONGEST_TITLE = 100
_LONGEST_EXPRESSION = 2000
RUNBOOK = "runbook_url"
"""The annotation that names a page on what to do; ``runbook`` is its older name."""

STATES = {"down": ("up", "down"), "crash": ("ok", "crashing"), "backup": ("ok", "failed")}
"""Failure mode to what a state of 0 or 1 is called while nothing is wrong and while something is."""
USUAL_STATES = ("ok", "failing")

JOINED = {"": "", "and": " · only while", "or": " · or", "unless": " · unless"}
"""How a further part of an alert is told from what the alert is about."""


def title_of(alerts: Iterable[str], role: str = "") -> str:
    """The alerts that a panel belongs to."""
    names = list(dict.fromkeys(one_line(name) for name in alerts))
    text = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "") + JOINED[role]
    return shortened(text, _LONGEST_TITLE)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def describe(judged: Iterable[Judged]) -> str:
    """Markdown for a panel's description: of each alert the summary, expression, duration, severity and runbook."""
    return "\n\n".join(_described(each) for each in judged)


def _described(judged: Judged) -> str:
    rule = judged.rule
    expression = shortened(rule.expr.strip(), _LONGEST_EXPRESSION)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", expression)), default=0))
    lines = [f"**{_plain(rule.name)}**"]
    summary = summary_of(rule)
    if summary:
        lines[0] += f": {_plain(summary)}"
    lines += ["", f"{fence}promql", expression, fence, "", _when(judged)]
    runbook = runbook_of(rule)
    if runbook is not None:
        lines += ["", f"[Runbook]({runbook.url})"]
    elif (said := _runbook_text(rule)) is not None:
        lines += ["", f"Runbook: {_plain(said)}"]
    return "\n".join(lines)


def _when(judged: Judged) -> str:
    rule = judged.rule
    if judged.constant:
        words = ["always fires: its silence means that alerts do not reach anybody"]
    else:
        words = [f"fires after {format_duration(rule.for_)}" if rule.for_ else "fires at once"]
    severity = rule.labels.get("severity")
    if severity:
        words.append(f"severity {_plain(severity)}")
    if rule.keep_firing_for:
        words.append(f"keeps firing for {format_duration(rule.keep_firing_for)}")
    return "; ".join(words)


def summary_of(rule: Rule) -> str:
    """What the alert says in one line; templates stay as they were written."""
    for name in ("summary", "message", "description"):
        text = rule.annotations.get(name, "").strip()
        if text:
            return shortened(one_line(text), 300)
    return ""


def runbook_of(rule: Rule) -> Link | None:
    """The page on what to do, where it is an address that a browser may be sent to."""
    said = _runbook_text(rule)
    if said is None or not re.fullmatch(r"https?://[^\s<>\"'()`{}|\\^\[\]$]+", said):
        return None
    return Link("Runbook", said)


def _runbook_text(rule: Rule) -> str | None:
    return (rule.annotations.get(RUNBOOK) or rule.annotations.get("runbook") or "").strip() or None


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", one_line(text))


__all__ = ["STATES", "USUAL_STATES", "describe", "runbook_of", "shortened", "summary_of", "title_of"]
