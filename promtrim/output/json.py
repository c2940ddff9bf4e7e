"""Machine-readable output, version 1: one object, as ``schema/classify.schema.json`` describes it.

Fields may be added, never renamed or removed. The names of the fields below are the names in the output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from promtrim.output.summary import Cut, Summary, summarise
from promtrim.plan.model import BlindSpot, By, Cell, Decided, Evidence, Plan
from promtrim.rulefile.model import Problem

VERSION: Literal[1] = 1


class Step(msgspec.Struct, frozen=True):
    """One step of the evidence."""

    expr: str
    line: int
    column: int
    result: str
    because: str
    depth: int
    about: str


class Mistake(msgspec.Struct, frozen=True):
    """A mistake in the rule itself."""

    code: str
    text: str
    line: int | None
    column: int | None
    mended: str | None


class Why(msgspec.Struct, frozen=True):
    code: str
    text: str
    by: By | None


class Entry(msgspec.Struct, frozen=True):
    """One rule."""

    file: str
    line: int
    column: int
    group: str
    alert: str | None
    record: str | None
    expr: str
    labels: dict[str, str]
    verdict: str
    cause: str | None
    tier: str
    failure_mode: str
    components: tuple[str, ...]
    decision: Literal["keep", "drop"]
    reason: Why
    evidence: list[Step]
    defects: list[Mistake]


class Trouble(msgspec.Struct, frozen=True):
    """Something that a person should look at."""

    code: str
    text: str
    file: str
    line: int | None
    column: int | None
    alert: str | None


class Report(msgspec.Struct, frozen=True):
    """The whole object."""

    version: Literal[1]
    topology: dict[str, Any]
    level: str
    summary: Summary
    rules: list[Entry]
    blind_spots: tuple[BlindSpot, ...]
    coverage: tuple[Cell, ...]
    problems: list[Trouble]
    unused_records: tuple[str, ...]
    files: tuple[Cut, ...]


def report(plan: Plan, cuts: Sequence[Cut]) -> str:
    """The object as JSON text, indented by two, with a line end."""
    value = Report(
        version=VERSION,
        topology=known(msgspec.to_builtins(plan.topology)),
        level=plan.level,
        summary=summarise(plan, cuts),
        rules=[entry(decided) for decided in plan.rules],
        blind_spots=plan.blind_spots,
        coverage=plan.coverage,
        problems=[_trouble(problem) for problem in plan.problems],
        unused_records=plan.unused_records,
        files=tuple(cuts),
    )
    return encoded(value)


def encoded(value: object) -> str:
    """A value as indented JSON text. What UTF-8 cannot hold (a file name's stray bytes) is escaped."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(value)))
    return msgspec.json.format(data, indent=2).decode() + "\n"


def entry(decided: Decided) -> Entry:
    """One rule under the names of the output."""
    judged = decided.judged
    rule = judged.rule
    return Entry(
        file=rule.file,
        line=rule.line,
        column=rule.column,
        group=rule.group,
        alert=rule.alert,
        record=rule.record,
        expr=rule.expr,
        labels=rule.labels,
        verdict=judged.verdict,
        cause=judged.cause,
        tier=judged.tier,
        failure_mode=judged.failure_mode,
        components=judged.components,
        decision="keep" if decided.keep else "drop",
        reason=Why(decided.reason.code, decided.reason.text, decided.reason.by),
        evidence=steps(judged.evidence),
        defects=[Mistake(d.code, d.text, d.line or None, d.column or None, d.mended) for d in judged.defects],
    )


def steps(evidence: Sequence[Evidence]) -> list[Step]:
    """Evidence under the names of the output."""
    return [Step(e.expr, e.line, e.column, e.result, e.because, e.depth, e.about) for e in evidence]


def _trouble(problem: Problem) -> Trouble:
    return Trouble(problem.code, problem.text, problem.file, problem.line or None, problem.column or None, problem.alert)


def known(value: Any) -> Any:
    """A topology's values without those that are open: an empty place says nothing."""
    if isinstance(value, dict):
        inner = {key: known(item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item not in (None, {}, [], ())}
    return value


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value
