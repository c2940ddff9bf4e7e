"""What is said of the way from a target to a person. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

from promtrim.judge.model import Cause, Verdict
from promtrim.rulefile.model import Problem
from promtrim.topology.model import Tristate
from promtrim.yamltext.located import Place

LinkName = Literal["target", "scrape", "series", "rule", "evaluation", "alertmanager", "route", "receiver"]
LINKS: tuple[LinkName, ...] = (
    "target", "scrape", "series", "rule", "evaluation", "alertmanager", "route", "receiver",
)  # fmt: skip
"""The links of the way, in its order."""

Mark = Literal["ok", "broken", "open"]
"""Holds, breaks here, or cannot be told from what is known."""

MARKS: dict[Tristate, Mark] = {"yes": "ok", "no": "broken", "open": "open"}


class Said(msgspec.Struct, frozen=True):
    """A mark with its reason, and where the reason stands."""

    mark: Mark
    text: str
    file: str = ""
    line: int = 0


class Link(msgspec.Struct, frozen=True):
    """One link of an alert's way."""

    name: LinkName
    mark: Mark
    text: str
    file: str = ""
    line: int = 0


class Way(msgspec.Struct, frozen=True):
    """One alert's way from its target to a person."""

    alert: str
    file: str
    line: int
    critical: bool
    links: tuple[Link, ...]
    verdict: Verdict
    cause: Cause | None

    @property
    def mark(self) -> Mark:
        """Broken where a link is; open where one is not known; else ok."""
        marks = {link.mark for link in self.links}
        return "broken" if "broken" in marks else "open" if "open" in marks else "ok"


class Ways(msgspec.Struct, frozen=True):
    """What there is to say of a whole stack."""

    findings: tuple[Problem, ...]
    """What is wrong for more than one alert, worst first."""
    ways: tuple[Way, ...]


def said(mark: Mark, text: str, place: Place | None = None) -> Said:
    """A mark, with a place where there is one."""
    return Said(mark, text, place.file, place.line) if place else Said(mark, text)


def finding(code: str, text: str, place: Place | None = None) -> Problem:
    """Something that is wrong with the stack."""
    return Problem(code, text, place.file, place.line, place.column) if place else Problem(code, text, "")
