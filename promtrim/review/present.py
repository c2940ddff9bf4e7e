"""The findings on rules as they stand: from a plan to findings. What a change does is for :mod:`promtrim.review.compare`.

A rule on which a person has decided (``keep:``, ``drop:``, a ``# promtrim`` comment) has no findings of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from promtrim.plan.coverage import is_blind
from promtrim.plan.model import BlindSpot, Decided, Plan
from promtrim.review.findings import Finding, FindingId, Level, Place, order
from promtrim.rulefile.model import Document, Problem, Rule

_OF_STACK: dict[str, Level] = {
    "prometheus-cannot-start": "error", "alertmanager-cannot-start": "error", "no-alertmanager": "error",
    "not-loaded": "error", "second-document": "error", "dead-target": "warning", "no-targets": "warning",
    "network-policy": "warning", "scraped-twice": "warning", "rule-file-missing": "warning", "no-rule-files": "warning",
}  # fmt: skip
"""Problems that keep rules from being evaluated or alerts from being delivered."""

_OF_RULES: dict[str, Level] = {
    "renamed-metric": "warning", "unknown-metric": "warning", "quiet-critical": "note", "duplicate-group": "warning",
    "invalid-recording-rule": "warning", "unknown-field": "warning", "unattached-directive": "warning",
}  # fmt: skip
"""Problems of a rule itself."""


_CHANGES = re.compile(r" \([^()]*:\d+\)|\d+")
"""What of a problem's text changes without another problem: places, versions, numbers."""


def findings_of(plan: Plan) -> tuple[Finding, ...]:
    """All findings on a plan's rules, by place."""
    return tuple(sorted((finding for _, finding in found_in(plan)), key=order))


def found_in(plan: Plan) -> list[tuple[int | None, Finding]]:
    """All findings, each with the id of the rule that it is about; None where it is about none or several."""
    ends = Ends(plan.documents)
    found: list[tuple[int | None, Finding]] = []
    for decided in plan.rules:
        found += ((decided.judged.rule.id, finding) for finding in of_rule(decided, ends))
    found += _of_problems(plan, ends)
    found += ((None, _of_spot(spot, plan, ends)) for spot in plan.blind_spots if not _decided_upon(spot, plan))
    return found


class Ends:
    """Where the line ends in which a rule begins: what an editor underlines."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = {document.file: document for document in documents}
        self._lines: dict[str, list[str]] = {}

    def place(self, file: str, line: int, column: int) -> Place:
        """A place with its end."""
        document = self._documents.get(file)
        if document is None or not column:
            return Place(file, line, column)
        lines = self._lines.get(file)
        if lines is None:
            lines = self._lines[file] = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        end = len(lines[line - 1].rstrip()) + 1 if line <= len(lines) else 0
        return Place(file, line, column, max(end, column + 1))

    def of(self, rule: Rule) -> Place:
        return self.place(rule.file, rule.line, rule.column)


def of_rule(decided: Decided, ends: Ends) -> Iterator[Finding]:
    """What is to be said of one rule by its verdict, reason and defects."""
    judged, code = decided.judged, decided.reason.code
    rule = judged.rule
    if code == "override":
        return
    for defect in judged.defects:
        place = ends.place(rule.file, defect.line, defect.column) if defect.line else ends.of(rule)
        advice = f"write {defect.mended}" if defect.mended else ""
        yield Finding("defect", "warning", place, rule.name, defect.text, advice, defect.code, meaning(rule))
    told = _verdict(decided) if rule.alert is not None else None
    if told is not None:
        identifier, level, message, advice = told
        by = decided.reason.by
        same = (by.alert, Place(by.file, by.line)) if by and identifier in ("duplicate", "implied") else None
        cause = (judged.cause or "") if identifier == "cannot-fire" else ""
        yield Finding(identifier, level, ends.of(rule), rule.name, message, advice, cause, meaning(rule), same)


def _verdict(decided: Decided) -> tuple[FindingId, Level, str, str] | None:
    judged, reason = decided.judged, decided.reason
    because = judged.because or reason.text
    if judged.verdict == "unknown":
        return "unknown", "warning", judged.because, ""
    if judged.verdict == "cannot-fire":
        if not judged.rule.loaded:
            return None  # the file's own problem says it, once
        if judged.cause == "logic":
            return "cannot-fire", "error", f"this alert can fire nowhere: {because}", "mend the expression"
        advice = {
            "not-scraped": "scrape what it needs, or remove it",
            "not-loaded": "let rule_files name it, or remove it",
        }.get(judged.cause or "", "remove it, or correct the topology")
        level: Level = "error" if is_blind(decided) else "warning"
        return "cannot-fire", level, f"this alert can never fire here: {because}", advice
    if judged.verdict == "always-fires" and not judged.constant:
        return "always-fires", "error", f"this alert fires all the time here: {because}", "mend or remove it"
    if judged.meaningless:
        return "meaningless", "warning", f"it can fire, but says nothing real here: {judged.meaningless}", ""
    by = reason.by
    if by is not None and reason.code == "duplicate":
        return "duplicate", "warning", f"same as {by.alert} in {by.file}:{by.line}", "remove one of the two"
    if by is not None and reason.code == "implied":
        text = f"{by.alert} in {by.file}:{by.line} fires in each such case, at no lower severity"
        return "implied", "note", text, ""
    return None


def meaning(rule: Rule) -> str:
    """What a rule says, whatever its name, place and layout: the normal form of its expression."""
    return _meaning(rule.expr)


@lru_cache(maxsize=1 << 16)
def _meaning(expr: str) -> str:
    from promtrim.promql.normal import normal_form
    from promtrim.promql.parse import ExpressionError, parse

    try:
        return normal_form(parse(expr))
    except (ExpressionError, RecursionError):
        return " ".join(expr.split())


def _of_problems(plan: Plan, ends: Ends) -> Iterator[tuple[int | None, Finding]]:
    at = {(each.judged.rule.file, each.judged.rule.line): each for each in plan.rules} if plan.problems else {}
    for problem in dict.fromkeys(plan.problems):
        decided = at.get((problem.file, problem.line))
        if problem.code == "unreadable-expression":
            continue  # its verdict is ``unknown``
        if decided is not None and decided.reason.code == "override" and problem.alert:
            continue  # a person has decided
        rule = decided.judged.rule if decided is not None else None
        about = f"{_CHANGES.sub('', problem.text)}\n{meaning(rule) if rule is not None else ''}"
        yield rule.id if rule is not None and problem.alert else None, _of_problem(problem, about, ends)


def _of_problem(problem: Problem, about: str, ends: Ends) -> Finding:
    place = ends.place(problem.file, problem.line, problem.column) if problem.file else Place()
    identifier: FindingId
    if problem.code in _OF_RULES:
        identifier, level = "defect", _OF_RULES[problem.code]
    elif problem.code in _OF_STACK:
        identifier, level = "stack", _OF_STACK[problem.code]
    else:
        identifier, level = "remark", "note"
    return Finding(identifier, level, place, problem.alert or "", problem.text, "", problem.code, about)


def _of_spot(spot: BlindSpot, plan: Plan, ends: Ends) -> Finding:
    names = set(spot.alerts)
    alerts = [each for each in plan.rules if each.judged.rule.alert in names]
    dead = next((each for each in alerts if is_blind(each)), alerts[0] if alerts else None)
    place = ends.of(dead.judged.rule) if dead is not None else Place()
    rule = dead.judged.rule.name if dead is not None else ""
    about = f"{spot.component}\n{spot.failure_mode}"
    return Finding("blind-spot", "error", place, rule, spot.text, spot.advice, "", about)


def _decided_upon(spot: BlindSpot, plan: Plan) -> bool:
    """Whether a person has decided on every alert that the spot is about."""
    names = set(spot.alerts)
    alerts = [each for each in plan.rules if each.judged.rule.alert in names]
    return bool(alerts) and all(each.reason.code == "override" for each in alerts)
