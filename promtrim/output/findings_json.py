"""Findings for programs: one object, version 1, as ``schema/findings.schema.json`` describes it.

Fields may be added, never renamed or removed. The names of the fields below are the names in the output.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import msgspec

from promtrim.output.json import encoded
from promtrim.review.findings import LEVELS, Finding
from promtrim.review.fingerprint import fingerprints
from promtrim.review.result import Result

VERSION: Literal[1] = 1


class Same(msgspec.Struct, frozen=True):
    """The rule that says the same."""

    rule: str
    file: str
    line: int


class Entry(msgspec.Struct, frozen=True):
    """One finding."""

    id: str
    code: str | None
    level: str
    file: str | None
    line: int | None
    column: int | None
    end_column: int | None
    rule: str | None
    message: str
    advice: str | None
    same: Same | None
    fingerprint: str
    fails: bool
    new: bool
    """False for what the baseline holds, or what was there before a change."""


def report(result: Result) -> str:
    """The object as JSON text."""
    return encoded(
        {
            "version": VERSION,
            "summary": counts(result),
            "fail_on": sorted(result.fail_on),
            "findings": entries(result),
        }
    )


def counts(result: Result) -> dict[str, Any]:
    """The numbers of one run."""
    levels = Counter(finding.level for finding in result.findings)
    return {
        "rules": len(result.rules),
        "findings": len(result.findings),
        "levels": {level: levels[level] for level in LEVELS},
        "ids": dict(sorted(Counter(finding.id for finding in result.findings).items())),
        "failing": len(result.fails),
        "accepted": len(result.accepted),
        "outdated": result.outdated,
    }


def entries(result: Result) -> list[Entry]:
    """All findings under the names of the output, the new ones first."""
    fails = {id(finding) for finding in result.fails}
    findings = (*result.findings, *result.accepted, *result.known)
    fresh = len(result.findings)
    return [
        _entry(finding, fingerprint, id(finding) in fails, number < fresh)
        for number, (finding, fingerprint) in enumerate(zip(findings, fingerprints(findings), strict=True))
    ]


def _entry(finding: Finding, fingerprint: str, fails: bool, new: bool) -> Entry:
    where = finding.place
    same = Same(finding.same[0], finding.same[1].file, finding.same[1].line) if finding.same else None
    return Entry(
        finding.id, finding.code or None, finding.level, where.file or None, where.line or None, where.column or None,
        where.end_column or None, finding.rule or None, finding.message, finding.advice or None, same, fingerprint,
        fails, new,
    )  # fmt: skip
