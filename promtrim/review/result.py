"""What a check has found, and whether it fails. Here baseline and ``--fail-on`` come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from promtrim.plan.model import Plan
from promtrim.review.baseline import beyond
from promtrim.review.failing import failing
from promtrim.review.findings import Finding, FindingId


class Read(msgspec.Struct, frozen=True):
    """One rule that was looked at, for formats that list what is in order as well."""

    name: str
    file: str
    line: int


class Result(msgspec.Struct, frozen=True):
    """What there is to say of rules: what every format shows."""

    findings: tuple[Finding, ...]
    """Those that the baseline does not hold, by place."""
    fails: tuple[Finding, ...]
    """Those of them that make the check fail."""
    fail_on: frozenset[FindingId]
    rules: tuple[Read, ...]
    """All alerting and recording rules that were read, in their order."""
    accepted: tuple[Finding, ...] = ()
    """Findings that the baseline holds."""
    outdated: int = 0
    """Entries of the baseline that no longer occur."""
    known: tuple[Finding, ...] = ()
    """Of a change: findings that were there before it, beside those in ``findings``."""


def result_of(
    findings: Sequence[Finding],
    plan: Plan,
    kinds: frozenset[FindingId],
    accepted: Mapping[str, int] | None = None,
    known: Sequence[Finding] = (),
) -> Result:
    """Apply a baseline and choose what fails.

    Args:
        findings: by place.
        plan: whose rules they are about.
        kinds: of findings that make the check fail.
        accepted: a baseline's counts by fingerprint; None where there is none.
        known: findings that were there before a change.
    """
    rules = tuple(Read(rule.name, rule.file, rule.line) for rule in (each.judged.rule for each in plan.rules))
    if accepted is None:
        return Result(tuple(findings), tuple(failing(findings, kinds)), kinds, rules, known=tuple(known))
    beyond_it, outdated = beyond([*known, *findings], accepted)
    left = {id(finding) for finding in beyond_it}
    fresh = tuple(finding for finding in findings if id(finding) in left)
    held = tuple(finding for finding in findings if id(finding) not in left)
    return Result(fresh, tuple(failing(fresh, kinds)), kinds, rules, held, outdated, tuple(known))
