"""One finding: what, where, how bad, and what to do. Values, and the list of all kinds that there are.

Analysis makes findings and never prints them; each format of :mod:`promtrim.output` shows the same ones.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from promtrim.config.model import Finding as FindingId

__all__ = ["DEFAULT_FAIL_ON", "DOCUMENT", "KINDS", "LEVELS", "Finding", "FindingId", "Kind", "Level", "Place", "order"]

Level = Literal["error", "warning", "note"]

LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""Worst first."""

DOCUMENT = "docs/findings.md"
"""Has one section per kind, under its id."""


class Kind(msgspec.Struct, frozen=True):
    """What is to be said of all findings with one id."""

    id: FindingId
    title: str
    text: str
    """One sentence, whatever the rule."""
    level: Level
    """The usual one; a finding may be milder or graver."""


KINDS: dict[FindingId, Kind] = {
    kind.id: kind
    for kind in (
        Kind("cannot-fire", "Alert that cannot fire", "Whatever happens, the expression returns nothing here.", "warning"),
        Kind("always-fires", "Alert that fires all the time", "The alert fires while all is well.", "error"),
        Kind("meaningless", "Alert about nothing real", "What the alert can fire on says nothing on this deployment.",
             "warning"),
        Kind("duplicate", "Alert that stands twice", "Another alert has the same meaning, labels and durations.",
             "warning"),
        Kind("implied", "Alert that another one implies", "Another alert fires whenever this one does.", "note"),
        Kind("unknown", "Expression that cannot be read", "No verdict is possible on what cannot be read.", "warning"),
        Kind("blind-spot", "Blind spot", "Something that matters, and nobody is told when it fails.", "error"),
        Kind("coverage-lost", "Coverage lost", "The change takes away the last working alert on something that matters.",
             "error"),
        Kind("record-lost", "Recording rule taken away", "A rule still uses a series that nothing records any more.",
             "error"),
        Kind("dashboard-lost", "Dashboard without data", "A dashboard still shows a series that nothing records any more.",
             "warning"),
        Kind("route-lost", "Alert that reaches nobody any more", "The change takes an alert's last working receiver.",
             "error"),
        Kind("defect", "Mistake in a rule", "Something is wrong with the rule itself, wherever it is deployed.", "warning"),
        Kind("stack", "Mistake in the stack", "Something keeps rules from being evaluated or alerts from being delivered.",
             "error"),
        Kind("remark", "Remark", "What a person should know of the input; it stops nothing.", "note"),
    )
}  # fmt: skip
"""By id, in the order in which they are told."""

DEFAULT_FAIL_ON: tuple[FindingId, ...] = ("cannot-fire", "always-fires", "coverage-lost", "blind-spot")


class Place(msgspec.Struct, frozen=True):
    """Where a finding stands."""

    file: str = ""
    """"" where it is about no file."""
    line: int = 0
    """From 1; 0: the whole file."""
    column: int = 0
    """In characters, from 1; 0: the whole line."""
    end_column: int = 0
    """Behind the last character, in the same line; 0: the end of the line."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong."""

    id: FindingId
    level: Level
    place: Place
    rule: str
    """Name of the alert or recording rule; "" where it is about none."""
    message: str
    """One sentence, without the rule's name and place."""
    advice: str = ""
    """What to do; "" where the message says it all."""
    code: str = ""
    """Which defect, remark or mistake in the stack it is."""
    about: str = ""
    """What it is about, whatever the place: the rule's meaning, a component. Two findings with one id, code and ``about``
    are the same finding at two moments."""
    same: tuple[str, Place] | None = None
    """The rule that says the same, and where it stands."""


def order(finding: Finding) -> tuple[object, ...]:
    """The order in which findings are shown: by place, the worst first."""
    place = finding.place
    return place.file, place.line, LEVELS.index(finding.level), place.column, finding.rule, finding.id
