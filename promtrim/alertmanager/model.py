"""What there is to say of a trimmed configuration. Values only."""

from __future__ import annotations

import msgspec

from promtrim.alertmanager.proof import Proof
from promtrim.alertmanager.trim import Trimmed
from promtrim.rulefile.model import Problem


class Account(msgspec.Struct, frozen=True):
    """A trimmed configuration, and what was found out on the way."""

    trimmed: Trimmed
    proof: Proof
    counts: tuple[tuple[str, int, int], ...]
    """Kind, how many before, how many after."""
    heard: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]
    """Each kept alert with the receivers that it may reach, and whether it certainly does."""
    wide: tuple[tuple[str, tuple[str, ...]], ...]
    """Labels that routes ask for, each with the kept alerts of which it is not known whether they carry it."""
    problems: tuple[Problem, ...]
    sender_known: bool = True
    """Whether it is known which labels the Prometheus adds."""
