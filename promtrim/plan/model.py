"""What is said of each rule and of the whole: verdicts, decisions, coverage, blind spots. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

from promtrim.knowledge.model import FailureMode, Tier
from promtrim.rulefile.model import Document, Problem, Rule
from promtrim.topology.model import Topology

Verdict = Literal["can-fire", "cannot-fire", "always-fires", "unknown"]
Cause = Literal["topology", "not-scraped", "not-loaded", "logic"]
Level = Literal["relevant", "critical", "essential"]
ReasonCode = Literal[
    "override", "cannot-fire", "always-fires", "meaningless", "duplicate", "implied", "watched-elsewhere", "minor",
    "covered", "needed-by", "unused", "kept",
]  # fmt: skip


class Evidence(msgspec.Struct, frozen=True):
    """One step of the chain from a fact through sub-expressions to a verdict; the smallest reason comes first."""

    expr: str
    """The sub-expression as the user wrote it."""
    line: int
    column: int
    result: str
    """What it can return here, in words."""
    because: str
    """The fact, and where it comes from."""
    depth: int = 0
    """Distance from the whole expression, for drawing the tree."""


class Defect(msgspec.Struct, frozen=True):
    """A mistake in the rule itself, wherever it is deployed."""

    code: str
    text: str
    line: int = 0
    column: int = 0
    mended: str | None = None
    """The mended expression, where that is certain."""


class Judged(msgspec.Struct, frozen=True):
    """What is known of one rule by itself."""

    rule: Rule
    verdict: Verdict
    cause: Cause | None
    tier: Tier
    failure_mode: FailureMode
    components: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    defects: tuple[Defect, ...] = ()
    meaningless: str | None = None
    """Why what it can fire on is nothing real here; None where it is real."""
    because: str = ""
    """The verdict's reason in one sentence."""
    constant: bool = False
    """Fires by design (``vector(1)``)."""


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
