"""What a finding is known by from one moment to the next: by what it says of what, never by line, file or name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from promtrim.review.findings import Finding


def key(finding: Finding) -> str:
    """Equal for the same finding at two moments, and for the same finding on two rules of one meaning."""
    from hashlib import sha256

    parts = (finding.id, finding.code if finding.id != "cannot-fire" else "", finding.about or finding.message)
    return sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """A fingerprint for each finding, no two alike: those with one key are numbered in the order given."""
    counts: Counter[str] = Counter()
    found = []
    for finding in findings:
        one = key(finding)
        counts[one] += 1
        found.append(one if counts[one] == 1 else f"{one}-{counts[one]}")
    return found
