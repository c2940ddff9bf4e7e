"""What makes a check fail: ``--fail-on``, else ``fail-on`` of the configuration, else the default."""

from __future__ import annotations

from collections.abc import Iterable

from promtrim.errors import CallError
from promtrim.review.findings import DEFAULT_FAIL_ON, KINDS, Finding, FindingId

NONE = "none"


def fail_on(asked: Iterable[str], configured: tuple[FindingId, ...] | None) -> frozenset[FindingId]:
    """The kinds of findings on which a check fails.

    Args:
        asked: values of ``--fail-on``: ids, several in one with commas, or ``none``.
        configured: what ``promtrim.yml`` says; None where it says nothing.

    Raises:
        CallError: there is no such kind.
    """
    words = [word.strip() for value in asked for word in value.split(",") if word.strip()]
    if not words:
        return frozenset(DEFAULT_FAIL_ON if configured is None else configured)
    found: set[FindingId] = set()
    for word in words:
        if word == NONE:
            continue
        kind = next((kind for kind in KINDS if kind == word), None)
        if kind is None:
            raise CallError(f"--fail-on {word}: there is no such finding, use {', '.join(KINDS)} or {NONE}")
        found.add(kind)
    if NONE in words and found:
        raise CallError(f"--fail-on {NONE} and {', '.join(sorted(found))} say two things, give one of them")
    return frozenset(found)


def failing(findings: Iterable[Finding], kinds: frozenset[FindingId]) -> list[Finding]:
    """Those that make a check fail."""
    return [finding for finding in findings if finding.id in kinds]
