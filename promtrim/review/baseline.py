"""The findings that a team has accepted: a file that lets an old repository start green, and fail on what is new.

The file counts findings by fingerprint, so moving, renaming or reformatting rules changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from promtrim.errors import InputError
from promtrim.review.findings import Finding
from promtrim.review.fingerprint import key
from promtrim.rulefile.writing import write_atomically
from promtrim.yamltext import read_source

VERSION = 1
MAX_BYTES = 64 << 20


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry; all but the fingerprint and the count is for people who read the file."""

    fingerprint: str
    count: int
    id: str
    rule: str = ""
    message: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    findings: list[Accepted]


def write_baseline(path: str, findings: Sequence[Finding]) -> None:
    """Write the findings down, one line each, sorted: a change of it is a diff that a person can read.

    Raises:
        OutputError: it cannot be written.
    """
    entries: dict[str, Accepted] = {}
    for finding in findings:
        fingerprint = key(finding)
        count = entries[fingerprint].count if fingerprint in entries else 0
        entries[fingerprint] = Accepted(fingerprint, count + 1, finding.id, finding.rule, finding.message)
    lines = [_line(each) for each in sorted(entries.values(), key=lambda each: (each.id, each.rule, each.fingerprint))]
    listed = "[\n    " + ",\n    ".join(lines) + "\n  ]" if lines else "[]"
    write_atomically(path, f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n')


def _line(each: Accepted) -> str:
    try:
        return msgspec.json.encode(each).decode()
    except UnicodeEncodeError:  # a file name's stray bytes
        message = each.message.encode("utf-8", "backslashreplace").decode()
        rule = each.rule.encode("utf-8", "backslashreplace").decode()
        return msgspec.json.encode(msgspec.structs.replace(each, message=message, rule=rule)).decode()


def read_baseline(path: str) -> dict[str, int]:
    """How many findings with each fingerprint are accepted.

    Raises:
        InputError: it cannot be read, or is no baseline.
    """
    text = read_source(path, MAX_BYTES).text
    try:
        found = msgspec.json.decode(text, type=_File)
    except msgspec.DecodeError as error:
        raise InputError(f"is no baseline ({error}): write one with --write-baseline", path) from None
    if found.version != VERSION:
        raise InputError(f"is a baseline of version {found.version}, not {VERSION}: write it anew", path)
    counts: dict[str, int] = {}
    for each in found.findings:
        counts[each.fingerprint] = counts.get(each.fingerprint, 0) + max(0, each.count)
    return counts


def beyond(findings: Sequence[Finding], accepted: Mapping[str, int]) -> tuple[list[Finding], int]:
    """The findings that a baseline does not hold, and how many of its entries no longer occur."""
    left = dict(accepted)
    fresh = []
    for finding in findings:
        fingerprint = key(finding)
        if left.get(fingerprint, 0) > 0:
            left[fingerprint] -= 1
        else:
            fresh.append(finding)
    return fresh, sum(left.values())
