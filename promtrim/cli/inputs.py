"""From a command's options to a plan: the one call that each analysing command makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from promtrim.cli import streams

if TYPE_CHECKING:
    from promtrim.plan.model import Level, Plan
    from promtrim.stack.sources import Sources


def plan_of(
    paths: Sequence[str],
    topology: str | None,
    level: Level | None,
    config: str | None,
    root: str | None,
    strict: bool,
    max_size: int,
    keep_blind_spots: bool = False,
    drop_unused: bool = False,
    used_by: Sequence[str] = (),
    evidence: bool = False,
    sources: Sources | None = None,
    lenient: bool = False,
) -> Plan:
    """Make the plan for what the command line says; reads standard input where ``-`` is among the paths.

    Args:
        max_size: in MiB.
        evidence: whether the steps of each verdict will be shown; they cost more than the verdict.
        sources: what to read the topology from.
        lenient: what cannot be read below a folder is told, and the rest judged.
    """
    from promtrim import api

    limit = max_size << 20
    return api.make_plan(
        paths,
        topology=topology,
        level=level,
        config=config,
        root=root,
        strict=strict,
        keep_blind_spots=keep_blind_spots,
        drop_unused=drop_unused,
        used_by=used_by,
        max_bytes=limit,
        stdin=streams.read_input(limit) if "-" in paths else None,
        evidence=evidence,
        sources=sources,
        lenient=lenient,
    )
