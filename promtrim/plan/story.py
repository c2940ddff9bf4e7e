"""The parts of one alert's story that only the plan knows: what would make it fire, and names that are nearly right."""

from __future__ import annotations

from promtrim.durations import format_duration
from promtrim.errors import InputError
from promtrim.judge.signals import Signal, signals
from promtrim.plan.model import Decided, Plan
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.unparse import unparse

_DIRECTIONS = {"above": "goes above", "below": "goes below", "equal": "is", "unequal": "is anything but"}


def would_fire(decided: Decided) -> str:
    """What would have to happen for the alert to fire, in words."""
    judged = decided.judged
    rule = judged.rule
    if judged.constant:
        return "it fires always, by design"
    if judged.verdict == "cannot-fire" and judged.cause == "logic":
        return "nothing can make it fire, in any deployment"
    if judged.verdict == "always-fires" and judged.cause == "not-scraped":
        return "it fires now, and will until what it asks for answers, or is no longer scraped"
    if judged.verdict == "always-fires":
        return "it fires now, and would stop only if more were deployed or its series vanished"
    try:
        found = signals(parse(rule.expr))
    except ExpressionError:
        return "its expression cannot be read"
    told = [_condition(signal) for signal in found]
    text = told[0] + "".join(f", and {each}" for each in told[1:3])
    if rule.for_:
        text += f", for {format_duration(rule.for_)}"
    if judged.verdict == "cannot-fire":
        return f"nothing here ({judged.because}); elsewhere it fires when {text}"
    return text


def _condition(signal: Signal) -> str:
    subject = " ".join(unparse(signal.subject).split())
    if signal.shape == "absent":
        return f"{subject} finds no series"
    if signal.direction == "none":
        return f"{subject} returns anything"
    words = _DIRECTIONS[signal.direction]
    if signal.threshold is None:
        return f"the comparison {' '.join(unparse(signal.node).split())} holds"
    if signal.shape == "ratio":
        return f"the share that it measures {words} {signal.threshold * 100:g} %"
    return f"{subject} {words} {signal.threshold:g}"


def nearest(plan: Plan, alert: str) -> InputError:
    """The error for a name that no rule has, with the names that are most like it."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(decided.judged.rule.name for decided in plan.rules))
    close = get_close_matches(alert, names, 3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {len(names)} rules; classify lists them"
    return InputError(f"no rule is named {alert!r}; {hint}", plan.documents[0].file if plan.documents else "")
