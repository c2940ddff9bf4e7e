"""The story of one alert: what becomes of it, why, what would make it fire, who else tells."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from promtrim.output import json as json_output
from promtrim.output.summary import place
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.plan.model import Decided, Evidence

VERDICTS = {
    "can-fire": "It can fire here.",
    "cannot-fire": "It cannot fire here.",
    "always-fires": "It fires all the time, even while all is well.",
    "unknown": "Its expression cannot be read, so nothing is said of it and it stays.",
}
CAUSES = {
    "topology": "The reason is this deployment; elsewhere it may work.",
    "not-scraped": "The reason is that nothing delivers the series that it asks for.",
    "not-loaded": "The reason is that no Prometheus loads it.",
    "logic": "The reason is the expression itself: it can fire nowhere, and wants mending.",
}


class Told(json_output.Entry, frozen=True):
    """What a story says of one alert, as JSON gives it: the entry of the whole report, and what only the story knows."""

    because: str
    would_fire: str
    covered_by: tuple[str, ...]


def story(
    decided: Decided,
    would_fire: str,
    covered_by: Sequence[str],
    paint: Paint = Paint(),  # noqa: B008 - frozen
    width: int = 100,
) -> str:
    """Tell it as text.

    Args:
        would_fire: what would have to happen for it to fire, in words.
        covered_by: kept alerts that watch the same, by name.
    """
    judged = decided.judged
    rule = judged.rule
    where = f"{place(rule.file, rule.line, rule.column)}, group {rule.group}"
    lines = [paint.bold(one_line(rule.name)), paint.dim(one_line(where)), ""]
    decision = paint.good("Kept") if decided.keep else paint.warn("Dropped")
    lines += wrapped(f"{decision}: {decided.reason.text}", width)
    lines += wrapped(_verdict(decided), width)
    if judged.components:
        watched = ", ".join(judged.components)
        lines += wrapped(f"It watches {watched} for {judged.failure_mode}; tier {judged.tier}.", width)
    lines += _steps(judged.evidence, decided.reason.text, paint, width)
    for defect in judged.defects:
        lines += ["", *wrapped(f"A mistake in it: {defect.text}", width)]
        if defect.mended:
            lines += wrapped(f"Write: {defect.mended}", width, "    ", "  ")
    if would_fire:
        lines += ["", paint.bold("What would make it fire:"), *wrapped(would_fire, width, "  ")]
    if covered_by:
        lines += ["", paint.bold("Who else tells you:"), *wrapped(", ".join(covered_by), width, "  ")]
    return "\n".join(lines) + "\n"


def told(decided: Decided, would_fire: str, covered_by: Sequence[str]) -> Told:
    """Tell it as a value, with the field names of the JSON output. A recording rule's name stands as ``alert`` too."""
    entry = {**msgspec.structs.asdict(json_output.entry(decided)), "alert": decided.judged.rule.name}
    return Told(**entry, because=decided.judged.because, would_fire=would_fire, covered_by=tuple(covered_by))


def _verdict(decided: Decided) -> str:
    judged = decided.judged
    parts = [VERDICTS[judged.verdict]]
    if judged.because and judged.because != decided.reason.text:
        parts.append(judged.because[:1].upper() + judged.because[1:].rstrip(".") + ".")
    if judged.cause == "not-scraped" and judged.verdict == "always-fires":
        parts.append("What it says is true: mend what is scraped, or remove it.")
    elif judged.cause:
        parts.append(CAUSES[judged.cause])
    if judged.meaningless and judged.meaningless != decided.reason.text:
        parts.append(f"But nothing real would be behind it: {judged.meaningless.rstrip('.')}.")
    return " ".join(parts)


def _steps(evidence: Sequence[Evidence], known: str, paint: Paint, width: int) -> list[str]:
    """The tree of reasons, the smallest first and furthest in, and beneath it how much the alert matters."""
    steps = [step for step in evidence if step.about == "verdict"]
    lines: list[str] = []
    if len(steps) > 1 or any(step.because and step.because != known for step in steps):
        lines += ["", paint.bold("Step by step, the smallest reason first:")]
        quoted: set[tuple[str, int, int]] = set()
        for number, step in enumerate(steps, 1):
            key = (step.expr, step.line, step.column)
            lines += _step(number, step, key in quoted, known, paint, width)
            quoted.add(key)
    for step in evidence:
        if step.about == "tier":
            lines += ["", paint.bold("How much it matters:")]
            lines += wrapped(f"{step.result}: {step.because}" if step.because else step.result, width, "  ")
    return lines


def _step(number: int, step: Evidence, again: bool, known: str, paint: Paint, width: int) -> list[str]:
    """One step. The whole does not say again what the story began with (``known``); nothing is quoted twice."""
    margin = "  " * (1 + min(step.depth, 5))
    if again:
        lines = [f"{margin}{number}. the same"]
    elif step.expr:
        lines = wrapped(step.expr, width, margin + "   ", f"{margin}{number}. ")
        lines.append(paint.dim(f"{margin}   (line {step.line}, column {step.column})"))
    else:
        lines = [f"{margin}{number}. " + paint.dim(f"in a recording rule that line {step.line} uses")]
    lines += wrapped(step.result, width, margin + "      ", margin + "   -> ")
    if step.because and (step.depth or step.because != known):
        lines += wrapped(f"because {step.because}", width, margin + "      ")
    return lines
