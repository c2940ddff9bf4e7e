"""Suggested rules as a rule group with comments; checks from outside as a list, a scrape job and its alert."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promtrim.output.terminal import one_line, wrapped
from promtrim.path.outside import Check
from promtrim.path.suggest import Suggestion

GROUP = "promtrim-suggested"
JOB = "outside-checks"
WIDTH = 100


def group(suggestions: Sequence[Suggestion], indent: str = "  ") -> str:
    """A group as an item of ``groups:``, each rule under a comment that says what it is for."""
    lines = [
        f"{indent}# Suggested by promtrim for what no alert watched. Look at the thresholds, and keep what you want.",
        f"{indent}- name: {GROUP}",
        f"{indent}  rules:",
    ]
    inner = indent + "    "
    for each in suggestions:
        cell = each.component if each.component == each.failure_mode else f"{each.component} {each.failure_mode}"
        lines += wrapped(f"{cell}: {each.because}", WIDTH, f"{inner}# ")
        lines.append(f"{inner}- alert: {each.name}")
        expr = each.expr.splitlines()
        lines += [f"{inner}  expr: |-", *(f"{inner}    {line}".rstrip() for line in expr)]
        lines += [f"{inner}  for: {each.hold}"] if each.hold else []
        lines += [f"{inner}  labels:", f"{inner}    severity: {each.severity}"]
        lines += [f"{inner}  annotations:", f"{inner}    summary: {_quoted(each.summary)}"]
    return "".join(f"{line}\n" for line in lines)


_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
_EMPTY = re.compile(r"^groups:[ ]*\[\][ ]*$", re.MULTILINE)


def appended(text: str, suggestions: Sequence[Suggestion]) -> str | None:
    """A rule file with the group at its end, in its own indentation; None where there is no place for it.

    The caller reads the result again: this knows the usual layouts only.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    empty = _EMPTY.search(text)
    if empty is not None:
        text, indent = text[: empty.start()] + "groups:" + text[empty.end() :], "  "
    else:
        start = re.search(r"^groups:", text, re.MULTILINE)
        item = _ITEM.search(text, start.end()) if start else None
        if item is None:
            return None
        indent = item[1]
    ending = "" if not text or text.endswith("\n") else newline
    return text + ending + newline + group(suggestions, indent).replace("\n", newline)


def outside(checks: Sequence[Check]) -> str:
    """What an uptime service needs, and the same as a job of the blackbox exporter with its alert."""
    if not checks:
        return ""
    lines = ["# URLs for an uptime service outside:"]
    lines += [f"#   {one_line(each.url)}   ({one_line(each.component)}, {one_line(each.source)})" for each in checks]
    lines += [
        "# The same from inside, with a blackbox exporter. For prometheus.yml, under scrape_configs:",
        f"- job_name: {JOB}",
        "  metrics_path: /probe",
        "  params: {module: [http_2xx]}",
        "  static_configs:",
        "    - targets:",
        *(f"        - {_quoted(each.inside)}" for each in checks),
        "  relabel_configs:",
        "    - {source_labels: [__address__], target_label: __param_target}",
        "    - {source_labels: [__param_target], target_label: instance}",
        "    - {target_label: __address__, replacement: 'blackbox-exporter:9115'}",
        "# And for a rule group:",
        "- alert: OutsideCheckFails",
        f'  expr: probe_success{{job="{JOB}"}} == 0 or absent(probe_success{{job="{JOB}"}})',
        "  for: 3m",
        "  labels: {severity: critical}",
        '  annotations: {summary: "{{ $labels.instance }} does not answer as it should"}',
    ]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    return "'" + one_line(text).replace("'", "''") + "'"
