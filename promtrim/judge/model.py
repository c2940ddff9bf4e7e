"""What is said of one rule by itself. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

from promtrim.knowledge.model import FailureMode, Tier
from promtrim.rulefile.model import Rule

Verdict = Literal["can-fire", "cannot-fire", "always-fires", "unknown"]
Cause = Literal["topology", "not-scraped", "not-loaded", "logic"]


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
    about: Literal["verdict", "tier"] = "verdict"
    """What it is a step towards."""


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
