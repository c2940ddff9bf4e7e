"""One rule as the page shows it: the words beside its mark, and its evidence."""

from __future__ import annotations

import msgspec

from promtrim.durations import format_duration
from promtrim.output.story import CAUSES, VERDICTS
from promtrim.output.summary import HEADINGS, name, place
from promtrim.plan.model import Decided, Judged, Reason


class Row(msgspec.Struct, frozen=True):
    """One rule."""

    number: int
    name: str
    keep: bool
    heading: str
    """Why, as one of few: what the page filters by."""
    reason: Reason
    judged: Judged
    where: str
    verdict: str
    cause: str
    timing: str
    """For how long the expression has to hold, and how long the alert stays after."""


def row(number: int, decided: Decided) -> Row:
    """What the page says of a rule."""
    judged = decided.judged
    rule = judged.rule
    code: str = decided.reason.code
    if code == "cannot-fire":
        code = judged.cause or "topology"
    timing = []
    if rule.for_:
        timing.append(f"for {format_duration(rule.for_)}")
    if rule.keep_firing_for:
        timing.append(f"keeps firing for {format_duration(rule.keep_firing_for)}")
    return Row(
        number=number,
        name=name(decided),
        keep=decided.keep,
        heading="kept" if decided.keep else HEADINGS.get(code, code),
        reason=decided.reason,
        judged=judged,
        where=place(rule.file, rule.line, rule.column),
        verdict=VERDICTS[judged.verdict] if rule.alert is not None else "",
        cause=CAUSES[judged.cause] if judged.cause else "",
        timing=", ".join(timing),
    )
