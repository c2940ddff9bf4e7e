"""What alerts watch no more, and what they watch only now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from promtrim.plan.coverage import CellKey, cells_of, happens, works
from promtrim.plan.model import Decided, Plan
from promtrim.review.findings import Finding, Place
from promtrim.review.model import CellChange, Pair
from promtrim.review.present import Ends


def cell_changes(before: Plan, after: Plan) -> tuple[tuple[CellChange, ...], tuple[CellChange, ...]]:
    """Cells that are lost, and cells that are gained; what a check from outside watches is neither."""
    old, new = _held(before), _held(after)
    return _missing(old, new, after), _missing(new, old, before)


def _held(plan: Plan) -> dict[CellKey, list[Decided]]:
    found: dict[CellKey, list[Decided]] = {}
    for decided in plan.rules:
        if works(decided):
            for cell in cells_of(decided):
                found.setdefault(cell, []).append(decided)
    return found


def _missing(
    here: dict[CellKey, list[Decided]], there: dict[CellKey, list[Decided]], other: Plan
) -> tuple[CellChange, ...]:
    outside = {(check.component, mode) for check in other.topology.external_checks for mode in check.modes}
    return tuple(
        CellChange(
            component,
            mode,
            tuple(dict.fromkeys(each.judged.rule.name for each in alerts)),
            any(each.judged.tier == "critical" for each in alerts),
        )
        for (component, mode), alerts in here.items()
        if (component, mode) not in there and (component, mode) not in outside
    )


def lost_findings(
    lost: Iterable[CellChange], pairs: Sequence[Pair], after: Plan, told: Iterable[Finding]
) -> Iterator[Finding]:
    """A finding for each critical cell that is lost, at what is left of its alerts.

    Args:
        told: findings that say already that nobody watches a cell (new blind spots).
    """
    blind = {finding.about for finding in told if finding.id == "blind-spot"}
    ends = Ends(after.documents)
    files = {document.file for document in after.documents}
    for cell in lost:
        about = f"{cell.component}\n{cell.failure_mode}"
        if not cell.critical or about in blind or _aims_elsewhere(cell, pairs, after):
            continue
        place = Place()
        for pair in pairs:
            if pair.before is not None and pair.before.judged.rule.name in cell.alerts:
                if pair.after is not None:
                    place = ends.of(pair.after.judged.rule)
                    break
                file = pair.before.judged.rule.file
                place = Place(file) if file in files and not place.file else place
        names = ", ".join(cell.alerts[:3]) + (f" and {len(cell.alerts) - 3} more" if len(cell.alerts) > 3 else "")
        were = "was the last alert on it that works" if len(cell.alerts) == 1 else "were the last alerts on it that work"
        message = f"nobody is told any more when {cell.component} {happens(cell.failure_mode)}: {names} {were}"
        advice = "keep one of them, or let a check from outside watch it and say so in the topology"
        yield Finding("coverage-lost", "error", place, cell.alerts[0], message, advice, "", about)


def _aims_elsewhere(cell: CellChange, pairs: Sequence[Pair], after: Plan) -> bool:
    """Whether an alert that watched it watches the same of another component now, and nothing says that the first is
    still there: then its job was renamed, or so it seems."""
    topology = after.topology
    jobs = topology.jobs or {}
    if cell.component in {*topology.workloads, *topology.datastores, *jobs}:
        return False
    return any(
        pair.before is not None
        and pair.after is not None
        and pair.before.judged.rule.name in cell.alerts
        and works(pair.after)
        and pair.after.judged.failure_mode == cell.failure_mode
        and cell.component in pair.before.judged.components
        for pair in pairs
    )


def still_watched(removed: Decided, after: Plan) -> tuple[str, ...]:
    """Alerts that watch every cell that a removed one watched; empty where one is without."""
    cells = cells_of(removed)
    found: dict[str, None] = {}
    for cell in cells:
        names = [each.judged.rule.name for each in after.rules if works(each) and cell in cells_of(each)]
        if not names:
            return ()
        found.update(dict.fromkeys(names))
    return tuple(found)
