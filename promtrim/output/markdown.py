"""The same account as Markdown, for a pull request or a wiki page.

Names, expressions and reasons come from strangers' files: everything is escaped, so that no rule can smuggle
a link, an image, a mention or HTML into a page.
"""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.output.summary import Cut, dropped_by_reason, place, summarise, told
from promtrim.output.terminal import one_line
from promtrim.plan.model import Decided, Plan

_SPECIAL = frozenset("\\`*_{}[]()<>#+-!|~$@:&.=")
_INSIDE_WORDS = frozenset("-.:()=+")
"""Harmless between or behind other characters; escaping them there would make the source hard to read."""


def escaped(text: str) -> str:
    """Text that Markdown (CommonMark with GitHub's extensions) shows as it is, on one line."""
    out: list[str] = []
    line = one_line(text)
    for index, char in enumerate(line):
        if char == "&":
            out.append("&amp;")
        elif char == "<":
            out.append("&lt;")
        elif char in "@#":
            # Mentions and issue links are found in the rendered text: an entity for the sign stops nothing.
            out.append(("\\#" if char == "#" else "@") + "&#8203;")
        elif char == ":" and line.startswith("//", index + 1):
            out.append("&#58;")  # no autolink
        elif char == "." and line[max(0, index - 3) : index].lower() == "www":
            out.append("&#46;")
        elif char in _SPECIAL and (index == 0 or char not in _INSIDE_WORDS):
            out.append("\\" + char)
        else:
            out.append(char)
    if line[:1].isdigit():
        # "1. x" and "1) x" would begin a list.
        digits = len(line) - len(line.lstrip("0123456789"))
        if line[digits : digits + 1] in {".", ")"}:
            return "".join(out[:digits]) + "\\" + "".join(out[digits:])
    return "".join(out)


def code(text: str) -> str:
    """Inline code, with a fence longer than any run of backticks inside; a bar is escaped for tables."""
    line = one_line(text).replace("|", "\\|")
    longest = run = 0
    for char in line:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    pad = " " if "`" in line or not line.strip() else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def markdown(plan: Plan, cuts: Sequence[Cut]) -> str:
    """The account as a Markdown document without a title: it stands in a page that has one."""
    summary = summarise(plan, cuts)
    topology = plan.topology.name or plan.topology.preset or "own topology"
    lines = [
        f"**Kept {summary.kept} of {summary.rules} rules**, "
        f"{summary.lines_before} → {summary.lines_after} lines "
        f"(level {plan.level}, topology {escaped(topology)})",
        "",
    ]
    if plan.blind_spots:
        lines += ["### Nobody would tell you", ""]
        for spot in plan.blind_spots:
            alerts = ", ".join(escaped(alert) for alert in spot.alerts)
            what = f"**{escaped(spot.component)} {escaped(spot.failure_mode)}** ({alerts})"
            lines.append(f"- {what}: {escaped(spot.text)} {escaped(spot.advice)}".rstrip())
        lines.append("")
    kept = [decided for decided in plan.rules if decided.keep]
    if kept:
        lines += ["### Kept", "", "| rule | tier | watches | why |", "|---|---|---|---|"]
        lines += [_kept(decided) for decided in kept] + [""]
    for words, rules in dropped_by_reason(plan):
        lines += [f"### Dropped: {words} ({len(rules)})", ""]
        lines += [f"- {_name(decided)}: {escaped(decided.reason.text)}" for decided in rules]
        lines.append("")
    troubles = [f"- {escaped(place(p.file, p.line, p.column))}: {escaped(told(p))}" for p in plan.problems]
    troubles += [f"- {escaped(cut.file)}: {escaped(note)}" for cut in cuts for note in cut.notes]
    for decided in plan.rules:
        for defect in decided.judged.defects:
            mended = f"; write {code(defect.mended)}" if defect.mended else ""
            troubles.append(f"- {_name(decided)}: {escaped(defect.text)}{mended}")
    if troubles:
        lines += ["### To look at", "", *troubles, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _kept(decided: Decided) -> str:
    judged = decided.judged
    watches = ", ".join(judged.components)
    return (
        f"| {_name(decided)} | {judged.tier} | {escaped(f'{watches} {judged.failure_mode}'.strip())} "
        f"| {escaped(decided.reason.text)} |"
    )


def _name(decided: Decided) -> str:
    rule = decided.judged.rule
    return f"**{escaped(rule.name)}** ({escaped(place(rule.file, rule.line))})"
