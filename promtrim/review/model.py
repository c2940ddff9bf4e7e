"""What a change does, told for the person on call. Values only; :mod:`promtrim.review.compare` makes them."""

from __future__ import annotations

from typing import Literal

import msgspec

from promtrim.knowledge.model import FailureMode
from promtrim.plan.model import Decided, Plan
from promtrim.review.findings import Finding
from promtrim.review.result import Result
from promtrim.rulefile.model import Problem

EditKind = Literal[
    "expression", "threshold", "number", "range", "step", "offset", "metric", "matcher", "grouping", "comparison", "for",
    "keep_firing_for", "interval", "limit", "tenants", "label", "annotation",
]  # fmt: skip


class Edit(msgspec.Struct, frozen=True):
    """One thing that is different in a rule."""

    what: EditKind
    name: str
    """Of the label or annotation; else ""."""
    before: str | None
    """None: it was not there."""
    after: str | None


class Pair(msgspec.Struct, frozen=True):
    """A rule before and after; one of them is None where it was added or removed."""

    before: Decided | None
    after: Decided | None


class Change(msgspec.Struct, frozen=True):
    """What happened to one rule."""

    kind: Literal["added", "removed", "changed"]
    before: Decided | None
    after: Decided | None
    edits: tuple[Edit, ...] = ()
    renamed: bool = False
    findings: tuple[Finding, ...] = ()
    """What is wrong with it now, new or not."""
    still: tuple[str, ...] = ()
    """Of a removed alert: alerts that still watch all that it watched."""


class Common(msgspec.Struct, frozen=True):
    """One edit that many rules have in common."""

    edit: Edit
    """Without its texts where they are not the same everywhere."""
    rules: tuple[str, ...]


class Move(msgspec.Struct, frozen=True):
    """Rules that stand elsewhere now."""

    what: Literal["folder", "file", "group"]
    before: str
    after: str
    rules: tuple[str, ...]
    whole: bool
    """All rules of the old place went there, and the old place is gone: it was renamed."""


class Reformatted(msgspec.Struct, frozen=True):
    """A file whose text is different and whose rules mean what they meant."""

    file: str
    line_ends: bool
    """Nothing but the line ends changed."""
    rules: int
    """Rules whose expressions are written differently."""


class Flip(msgspec.Struct, frozen=True):
    """A rule that did not change and of which something else is true now."""

    before: Decided
    after: Decided
    text: str
    """What is different, in words."""
    useful: bool
    """It can tell somebody something now, and could not before."""


class CellChange(msgspec.Struct, frozen=True):
    """A component and failure mode that alerts watch no more, or only now."""

    component: str
    failure_mode: FailureMode
    alerts: tuple[str, ...]
    """Those that watched it, or do now."""
    critical: bool
    """One of them matters tonight."""


class RouteChange(msgspec.Struct, frozen=True):
    """A receiver that gets other alerts than before."""

    receiver: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]


class Setting(msgspec.Struct, frozen=True):
    """One value of the topology or of ``promtrim.yml`` that changed."""

    name: str
    before: str | None
    after: str | None


class Review(msgspec.Struct, frozen=True):
    """The whole answer."""

    base: str
    head: str
    """What the sides are called."""
    before: Plan
    after: Plan
    result: Result
    """What the change brings about; ``known`` is what was there before it."""
    changes: tuple[Change, ...]
    common: tuple[Common, ...]
    """Edits that many of them share."""
    moves: tuple[Move, ...]
    reformatted: tuple[Reformatted, ...]
    settings: tuple[Setting, ...]
    flips: tuple[Flip, ...]
    lost: tuple[CellChange, ...]
    gained: tuple[CellChange, ...]
    spots_gone: tuple[str, ...]
    """What was a blind spot and is none any more, in words."""
    mended: tuple[Finding, ...]
    """Findings that the change does away with, those of removed rules left out."""
    routes: tuple[RouteChange, ...]
    unchanged: int
    """Rules that are as they were."""
    problems: tuple[Problem, ...] = ()
    """What could not be compared."""
