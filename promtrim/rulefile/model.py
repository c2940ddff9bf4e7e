"""Rules, groups and the documents that hold them. Values only.

Offsets count characters of the decoded text, from 0; lines and columns count from 1, as editors do.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from promtrim.yamltext.position import Position

__all__ = ["Container", "Document", "Position", "Problem", "Rule"]

Container = Literal["rule-file", "prometheus-rule", "config-map", "values", "logql", "none"]
"""How the rules are wrapped: plain file, PrometheusRule resource, ConfigMap text, Helm values; LogQL is left whole."""


class Problem(msgspec.Struct, frozen=True):
    """Something that a person should look at and that stops nothing."""

    code: str
    """One of the documented problem codes (``second-document``, ``unreadable-expression``, ...)."""
    text: str
    file: str
    line: int = 0
    column: int = 0
    alert: str | None = None


class Rule(msgspec.Struct, frozen=True, gc=False):
    """One alerting or recording rule as it stands in a file."""

    id: int
    """Position among all rules of one reading, from 0: the key by which every later stage speaks of this rule."""
    file: str
    """As given on the command line, or as found below a given directory."""
    line: int
    column: int
    """Where the rule's item begins (its first key)."""
    group: str
    alert: str | None
    record: str | None
    expr: str
    """PromQL as the YAML scalar's value."""
    labels: dict[str, str]
    """Those that its series carry: the group's own labels are among them, unless the rule sets them itself."""
    annotations: dict[str, str]
    for_: float
    """Seconds."""
    keep_firing_for: float
    """Seconds."""
    interval: float | None
    """The group's evaluation interval in seconds, where it has one."""
    directive: str | None = None
    """Text of a ``# promtrim: keep: reason`` or ``# promtrim: drop: reason`` comment of this rule."""
    directive_line: int = 0
    loaded: bool = True
    """False where Prometheus never loads it (a plain file's second YAML document)."""
    group_limit: int = 0
    source_tenants: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.alert or self.record or ""


class Document(msgspec.Struct):
    """One file (or standard input) that was read: its text, its rules and what is needed to cut it.

    ``layout`` is private to this room: spans of groups, items, comments and scalars, offset maps.
    """

    file: str
    text: str
    """Decoded text without the byte order mark; line ends as found."""
    bom: bool
    container: Container
    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]
    layout: Any = None
    followed_from: str | None = None
    """The ``prometheus.yml`` whose ``rule_files`` led here."""
