"""Findings as a GitLab Code Quality report: a list of what GitLab shows in a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.output.json import encoded
from promtrim.output.terminal import one_line
from promtrim.review.findings import Finding, Level
from promtrim.review.fingerprint import fingerprints
from promtrim.review.repository import below

_SEVERITIES: dict[Level, str] = {"error": "major", "warning": "minor", "note": "info"}


def code_quality(findings: Sequence[Finding], root: str | None) -> str:
    """The report as JSON text. GitLab wants a place: what has none stands at the first file, or at the repository.

    Args:
        root: the repository's folder, which paths are given below; None: files as they were named.
    """
    home = next((finding.place.file for finding in findings if finding.place.file), ".")
    return encoded(
        [
            {
                "description": _description(finding),
                "check_name": f"promtrim/{finding.id}",
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[finding.level],
                "location": {
                    "path": _path(finding.place.file or home, root),
                    "lines": {"begin": finding.place.line or 1},
                },
            }
            for finding, fingerprint in zip(findings, fingerprints(findings), strict=True)
        ]
    )


def _description(finding: Finding) -> str:
    said = f"{finding.rule}: {finding.message}" if finding.rule else finding.message
    return one_line(f"{said}. {finding.advice}" if finding.advice else said)


def _path(file: str, root: str | None) -> str:
    return (below(file, root) if root else None) or file.replace("\\", "/").removeprefix("./")
