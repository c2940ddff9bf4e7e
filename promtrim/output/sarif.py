"""Findings as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub reads of it:
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import os
from typing import Any

from promtrim._version import __version__
from promtrim.output.json import encoded
from promtrim.output.terminal import one_line
from promtrim.review.findings import DOCUMENT, KINDS, Finding, Kind
from promtrim.review.fingerprint import fingerprints
from promtrim.review.repository import below
from promtrim.review.result import Result

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
DOCS = "PROMTRIM_DOCS"
"""Environment variable: the address below which these documents can be read. Without it the help has no link."""
FINGERPRINT = "promtrimFinding/v1"
ROOT = "%SRCROOT%"


def log(result: Result, root: str | None) -> str:
    """The log as JSON text: what is new as results, and with it what was there before.

    Args:
        root: the repository's folder, which files are named below; None: the folder where promtrim runs.
    """
    results = [*result.findings, *result.known, *result.accepted]
    used = [kind for kind in KINDS.values() if any(finding.id == kind.id for finding in results)]
    index = {kind.id: number for number, kind in enumerate(used)}
    home = root or os.curdir
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "promtrim",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(kind, os.environ.get(DOCS, "")) for kind in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [
            _result(finding, fingerprint, index[finding.id], home, _state(result, number))
            for number, (finding, fingerprint) in enumerate(zip(results, fingerprints(results), strict=True))
        ],
    }
    return encoded({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _state(result: Result, number: int) -> str:
    """New, there before the change, or accepted."""
    if number < len(result.findings):
        return "new"
    return "unchanged" if number < len(result.findings) + len(result.known) else "accepted"


def _rule(kind: Kind, docs: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": kind.id,
        "name": "".join(word.capitalize() for word in kind.id.split("-")),
        "shortDescription": {"text": kind.title},
        "fullDescription": {"text": kind.text},
        "help": {"text": f"{kind.text} {DOCUMENT} tells what to do, under {kind.id}."},
        "defaultConfiguration": {"level": kind.level},
        "properties": {"tags": ["prometheus", "alerting"]},
    }
    if docs.startswith("https://"):
        found["helpUri"] = f"{docs.rstrip('/')}/{DOCUMENT.removeprefix('docs/')}#{kind.id}"
    return found


def _result(finding: Finding, fingerprint: str, index: int, root: str, state: str) -> dict[str, Any]:
    said = f"{finding.rule}: {finding.message}" if finding.rule else finding.message
    found: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": plain(f"{said}. {finding.advice}" if finding.advice else said)},
        "locations": _locations(finding, root),
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "baselineState": "unchanged" if state == "accepted" else state,
    }
    if state == "accepted":
        found["suppressions"] = [{"kind": "external", "justification": "The baseline holds it."}]
    if finding.same is not None and finding.same[1].file:
        place = _location(finding.same[1].file, finding.same[1].line, root)
        found["relatedLocations"] = [{**place, "id": 1, "message": {"text": plain(finding.same[0])}}]
    return found


def _locations(finding: Finding, root: str) -> list[dict[str, Any]]:
    place = finding.place
    if not place.file:
        return []
    return [_location(place.file, place.line, root, place.column, place.end_column)]


def _location(file: str, line: int, root: str, column: int = 0, end: int = 0) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(file, root)}
    if line:
        physical["region"] = {"startLine": line}
        if column:
            physical["region"]["startColumn"] = column
        if end:
            physical["region"]["endColumn"] = end
    return {"physicalLocation": physical}


def _artifact(file: str, root: str) -> dict[str, str]:
    from urllib.parse import quote

    inside = below(file, root)
    if inside is not None:
        return {"uri": quote(inside.encode("utf-8", "surrogateescape"), safe="/"), "uriBaseId": ROOT}
    return {"uri": "file://" + quote(os.path.abspath(file).encode("utf-8", "surrogateescape"), safe="/")}


def plain(text: str) -> str:
    """Text without what viewers take for links (SARIF 3.11.6) or mentions."""
    line = one_line(text).replace("](", "] (")
    return "".join(
        f"{char}\u200b" if char == "@" and line[number + 1 : number + 2].isalnum() else char
        for number, char in enumerate(line)
    )


