"""What ``push`` tells, step by step: for a person, and as JSON."""

from __future__ import annotations

from typing import Any

from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.push.steps import Outcome, Step

_MARKS = {"todo": "-", "done": "+", "same": "=", "failed": "x", "refused": "!", "note": " "}


def line(step: Step, paint: Paint, width: int) -> str:
    """One step."""
    mark = _MARKS[step.mark]
    shade = {"done": paint.good, "failed": paint.bad, "refused": paint.warn}.get(step.mark, paint.dim)
    rows = wrapped(one_line(step.text), width - 2, "  ", "")
    rows += wrapped(step.detail, width, "      ") if step.detail else []
    return "\n".join([f"{shade(mark)} {rows[0]}", *rows[1:]]) + "\n"


def head(outcome: Outcome, paint: Paint) -> str:
    """What is pushed where."""
    plan = f"plan {outcome.plan}" if outcome.plan else "undo"
    return paint.bold(f"{outcome.target} {one_line(outcome.address)}: {plan}") + "\n"


def whole(outcome: Outcome, paint: Paint, width: int) -> str:
    """All steps of an outcome, what is to be done or was done first, then what else to know."""
    lines = [head(outcome, paint)]
    notes = [step for step in outcome.steps if step.mark == "note"]
    lines += [line(step, paint, width) for step in outcome.steps if step.mark != "note"]
    if len(notes) == len(outcome.steps):
        lines.append("= nothing to do\n")
    return "".join(lines + [line(step, paint, width) for step in notes])


def end(outcome: Outcome, paint: Paint) -> str:
    """The last line."""
    count = {mark: sum(step.mark == mark for step in outcome.steps) for mark in _MARKS}
    if outcome.dry:
        what = f"{count['todo']} to do" if count["todo"] else "nothing to do"
        refused = f", {count['refused']} refused for safety" if count["refused"] else ""
        return f"dry run: {what}{refused}; --yes does it\n" if count["todo"] else f"dry run: {what}{refused}\n"
    said = f"{count['done']} done, {count['same']} already so, {count['refused']} refused, {count['failed']} failed"
    if outcome.ok:
        return f"{said}: all is as planned\n"
    return f"{said}: {paint.bad('not as planned')}, run it again or take it back with --undo\n"


def report(outcome: Outcome) -> dict[str, Any]:
    """As JSON; ``schema/push.schema.json`` describes it."""
    return {
        "version": 1,
        "target": outcome.target,
        "address": outcome.address,
        "plan": outcome.plan or None,
        "dry_run": outcome.dry,
        "ok": outcome.ok,
        "steps": [{"mark": step.mark, "text": step.text, "detail": step.detail} for step in outcome.steps],
    }
