"""What ``promtrim.yml`` says. Values only; reading it is for :mod:`promtrim.config.load`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from promtrim.patterns import matches
from promtrim.plan.model import Level
from promtrim.topology.model import Topology

Operator = Literal["=", "!=", "=~", "!~"]

Finding = Literal[
    "cannot-fire", "always-fires", "meaningless", "duplicate", "implied", "unknown", "blind-spot", "coverage-lost",
    "record-lost", "dashboard-lost", "route-lost", "defect", "stack", "remark",
]  # fmt: skip
"""What a check can find and fail on; ``docs/findings.md`` has a section for each."""


class Matcher(msgspec.Struct, frozen=True):
    """A condition on a label as in a PromQL selector: a missing label is empty, a regular expression anchored."""

    label: str
    operator: Operator
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a rule with these labels fits; where an expression cannot tell, it does not."""
        found = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (found == self.value) is (self.operator == "=")
        return matches(self.value, found) is (self.operator == "=~")

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value}"'


class Override(msgspec.Struct, frozen=True):
    """One entry of ``keep:`` or ``drop:``. Name and labels must both fit, where both are given."""

    action: Literal["keep", "drop"]
    alert: str | None
    """Glob on the alert's name; None: any."""
    labels: tuple[Matcher, ...]
    """Conditions on the rule's own labels; empty: any."""
    reason: str
    file: str
    line: int

    def matches(self, alert: str | None, labels: Mapping[str, str]) -> bool:
        """Whether an alerting rule fits; a recording rule (None) never does."""
        if alert is None:
            return False
        if self.alert is not None and not _glob(self.alert).fullmatch(alert):
            return False
        return all(matcher.matches(labels) for matcher in self.labels)

    def __str__(self) -> str:
        parts = [self.alert] if self.alert is not None else []
        if self.labels:
            parts.append("{" + ", ".join(map(str, self.labels)) + "}")
        return " ".join(parts)


class Config(msgspec.Struct, frozen=True):
    """The settings of one ``promtrim.yml``; None and empty where it does not say."""

    file: str = ""
    """As given or found; "" where there is none."""
    topology: Topology | str | None = None
    """Written out, or a preset's name, or a file's path (already relative to where promtrim runs)."""
    topology_line: int = 0
    level: Level | None = None
    overrides: tuple[Override, ...] = ()
    """All of ``keep:`` and ``drop:``, ``keep:`` first: where both fit a rule, keeping wins."""
    rulesets: tuple[str, ...] = ()
    """Paths of the team's own ruleset files, already relative to where promtrim runs."""
    fail_on: tuple[Finding, ...] | None = None


_GLOBS: dict[str, re.Pattern[str]] = {}


def _glob(pattern: str) -> re.Pattern[str]:
    """A glob (``*``, ``?``, ``[abc]``) as a regular expression; upper and lower case differ."""
    found = _GLOBS.get(pattern)
    if found is None:
        from fnmatch import translate

        found = _GLOBS[pattern] = re.compile(translate(pattern))
    return found
