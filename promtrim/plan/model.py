"""What is said of each rule and of the whole: verdicts, decisions, coverage, blind spots. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

from promtrim.judge.model import Cause, Defect, Evidence, Judged, Verdict
from promtrim.knowledge.model import FailureMode
from promtrim.rulefile.model import Document, Problem
from promtrim.topology.model import Topology

__all__ = [
    "BlindSpot", "By", "Cause", "Cell", "Decided", "Defect", "Evidence", "Judged", "Level", "Plan", "Reason",
    "ReasonCode", "Verdict",
]  # fmt: skip

Level = Literal["relevant", "critical", "essential"]
ReasonCode = Literal[
    "override", "cannot-fire", "always-fires", "meaningless", "duplicate", "implied", "watched-elsewhere", "minor",
    "covered", "needed-by", "unused", "kept",
]  # fmt: skip


class By(msgspec.Struct, frozen=True):
    """The rule that another one yields to."""

    alert: str
    file: str
    line: int


class Reason(msgspec.Struct, frozen=True):
    code: ReasonCode
    text: str
    by: By | None = None


class Decided(msgspec.Struct, frozen=True):
    """A judged rule and what the plan does with it."""

    judged: Judged
    keep: bool
    reason: Reason


class BlindSpot(msgspec.Struct, frozen=True):
    """Something that matters and that no working alert watches."""

    component: str
    failure_mode: FailureMode
    alerts: tuple[str, ...]
    text: str
    advice: str


class Cell(msgspec.Struct, frozen=True):
    """One cell of the coverage: a component and a failure mode, and the alerts that watch it."""

    component: str
    failure_mode: FailureMode
    before: tuple[str, ...]
    """Alerts that can fire, before the reduction."""
    after: tuple[str, ...]
    """Those of them that are kept."""
    elsewhere: bool = False
    """Whether an external check watches it."""


class Plan(msgspec.Struct, frozen=True):
    """The decision for each rule, in the order of reading, and what a person should know."""

    topology: Topology
    level: Level
    documents: tuple[Document, ...]
    rules: tuple[Decided, ...]
    blind_spots: tuple[BlindSpot, ...]
    coverage: tuple[Cell, ...]
    problems: tuple[Problem, ...]
    unused_records: tuple[str, ...] = ()
    """Recording rules that nothing needs (dropped only where asked)."""
