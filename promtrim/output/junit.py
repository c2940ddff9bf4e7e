"""Findings as a JUnit report: one test case per rule, for what shows test results and nothing else.

The common denominator of what Jenkins and GitLab read: ``testsuites``, ``testsuite`` per file, ``testcase`` with
``failure`` where the check fails, and ``system-out`` for what does not make it fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.output.summary import place
from promtrim.output.terminal import one_line
from promtrim.review.findings import KINDS, Finding
from promtrim.review.result import Read, Result

NOWHERE = "the whole stack"


def suites(result: Result) -> str:
    """The report as XML text."""
    cases: dict[str, list[str]] = {}
    failed: dict[str, int] = {}
    fails = {id(finding) for finding in result.fails}
    of_rule: dict[tuple[str, int, str], list[Finding]] = {}
    read = {(rule.file, rule.line, rule.name) for rule in result.rules}
    others: list[Finding] = []
    for finding in result.findings:
        key = (finding.place.file, finding.place.line, finding.rule)
        if key in read and finding.id != "blind-spot":
            of_rule.setdefault(key, []).append(finding)
        else:
            others.append(finding)

    def add(file: str, name: str, findings: Sequence[Finding]) -> None:
        failed[file] = failed.get(file, 0) + any(id(finding) in fails for finding in findings)
        cases.setdefault(file, []).append(_case(file, name, findings, fails))

    for rule in result.rules:
        add(rule.file, _name(rule), of_rule.pop((rule.file, rule.line, rule.name), ()))
    for finding in others:
        about = f"{KINDS[finding.id].title}: {finding.rule or finding.message}"
        add(finding.place.file or NOWHERE, about, [finding])
    total = sum(map(len, cases.values()))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="promtrim" tests="{total}" failures="{sum(failed.values())}" errors="0">',
    ]
    for file, below in cases.items():
        head = f'tests="{len(below)}" failures="{failed[file]}" errors="0" skipped="0"'
        lines += [f'  <testsuite name="{_text(file)}" {head}>', *below, "  </testsuite>"]
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _name(rule: Read) -> str:
    return rule.name or f"the rule in line {rule.line}"


def _case(file: str, name: str, findings: Sequence[Finding], fails: set[int]) -> str:
    head = f'    <testcase name="{_text(name)}" classname="{_text(file)}" file="{_text(file)}"'
    if not findings:
        return f"{head}/>"
    lines = [f"{head}>"]
    bad = [finding for finding in findings if id(finding) in fails]
    if bad:
        kinds = ", ".join(dict.fromkeys(finding.id for finding in bad))
        told = "\n".join(_told(finding) for finding in bad)
        lines.append(f'      <failure type="{_text(kinds)}" message="{_text(bad[0].message)}">{told}</failure>')
    rest = [_told(finding) for finding in findings if id(finding) not in fails]
    if rest:
        lines.append(f"      <system-out>{chr(10).join(rest)}</system-out>")
    return "\n".join([*lines, "    </testcase>"])


def _told(finding: Finding) -> str:
    where = finding.place
    head = f"{place(where.file, where.line, where.column)}: " if where.file else ""
    advice = f" -> {finding.advice}" if finding.advice else ""
    return _text(f"{head}{finding.level}: {finding.message} [{finding.id}]{advice}")


def _text(text: str) -> str:
    """Text for an element or attribute. What XML 1.0 cannot hold (control characters) is shown as ``\\x1b``."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return line.replace('"', "&quot;").replace("'", "&apos;")
