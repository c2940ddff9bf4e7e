"""Coverage: which component and failure mode which alerts watch; and the blind spots in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promtrim.knowledge.model import FailureMode
from promtrim.plan.model import BlindSpot, Cell, Decided
from promtrim.plan.redundancy import severity
from promtrim.topology.model import Topology

CellKey = tuple[str, FailureMode]


def cells_of(decided: Decided) -> tuple[CellKey, ...]:
    """The cells that an alert watches."""
    judged = decided.judged
    return tuple((component, judged.failure_mode) for component in judged.components)


def watched_elsewhere(topology: Topology, cells: Iterable[CellKey]) -> bool:
    """Whether an external check watches every one of the cells."""
    checked = {(check.component, mode) for check in topology.external_checks for mode in check.modes}
    cells = tuple(cells)
    return bool(cells) and all(cell in checked for cell in cells)


def works(decided: Decided) -> bool:
    """Whether the alert can tell somebody something here."""
    judged = decided.judged
    if judged.rule.alert is None or judged.meaningless:
        return False
    return judged.verdict in ("can-fire", "unknown") or judged.constant


def coverage(rules: tuple[Decided, ...], topology: Topology) -> tuple[Cell, ...]:
    """Each cell that some alert means to watch, in the order of the rules: who watches it before and after."""
    before: dict[CellKey, dict[str, None]] = {}
    after: dict[CellKey, dict[str, None]] = {}
    for decided in rules:
        if decided.judged.rule.alert is None:
            continue
        for cell in cells_of(decided):
            here = before.setdefault(cell, {})
            if works(decided):
                here[decided.judged.rule.alert] = None
                if decided.keep:
                    after.setdefault(cell, {})[decided.judged.rule.alert] = None
    external = {(check.component, mode) for check in topology.external_checks for mode in check.modes}
    return tuple(
        Cell(component, mode, tuple(names), tuple(after.get((component, mode), ())), (component, mode) in external)
        for (component, mode), names in before.items()
        if names or (component, mode) in external
    )


def is_blind(decided: Decided) -> bool:
    """A critical alert that nothing feeds or loads."""
    judged = decided.judged
    dead = judged.verdict == "cannot-fire" and judged.cause in ("not-scraped", "not-loaded")
    return dead and judged.tier == "critical" and judged.rule.alert is not None


def blind_spots(
    rules: tuple[Decided, ...], topology: Topology, unsure: frozenset[int] = frozenset()
) -> tuple[BlindSpot, ...]:
    """Cells that matter whose only alerts nothing feeds, loads or delivers, and no external check watches.

    Args:
        unsure: ids of rules of which it is not known whether anything feeds them: they hold no cell.
    """
    held = {
        cell
        for decided in rules
        if works(decided) and decided.judged.rule.id not in unsure
        for cell in cells_of(decided)
    }
    held |= {(check.component, mode) for check in topology.external_checks for mode in check.modes}
    found: dict[CellKey, list[Decided]] = {}
    for decided in rules:
        if is_blind(decided):
            for cell in cells_of(decided):
                if cell not in held:
                    found.setdefault(cell, []).append(decided)
    return tuple(
        _spot(component, mode, dead)
        for (component, mode), dead in found.items()
        if not _milder_than(dead, found.get((component, "down"), []))
    )


def _milder_than(dead: list[Decided], down: list[Decided]) -> bool:
    """Whether the loss of louder alerts on the same component says more: with those fed, these are as well."""
    loudest = max((severity(each.judged.rule.labels) for each in down), default=-1)
    return bool(down) and all(severity(each.judged.rule.labels) < loudest for each in dead)


_WORDS: dict[str, str] = {
    "down": "is down", "errors": "fails requests", "latency": "is too slow", "disk": "runs out of space",
    "certificate": "has an expiring certificate", "backup": "has no good backup", "crash": "keeps crashing",
    "corruption": "has damaged data", "connections": "runs out of connections", "memory": "runs out of memory",
    "other": "has some other problem",
}  # fmt: skip


def happens(mode: FailureMode) -> str:
    """A failure mode as what is said of a component: ``is down``."""
    return _WORDS.get(mode, f"has a problem of the kind {mode}")


_SUBJECTS = {
    "node": "the node", "volume": "a volume", "cluster": "the cluster", "monitoring": "the monitoring",
    "application": "the application", "workloads": "a workload",
}  # fmt: skip
MOST_SUBJECTS = 6


def _head(components: Sequence[str], mode: FailureMode) -> str:
    subjects = [_SUBJECTS.get(each, each) for each in dict.fromkeys(components)]
    more = len(subjects) - MOST_SUBJECTS
    subjects = [*subjects[:MOST_SUBJECTS], *([f"one of {more} more"] if more > 0 else [])]
    listed = ", ".join(subjects[:-1]) + (" or " if len(subjects) > 1 else "") + subjects[-1]
    return f"nobody is told when {listed} {_WORDS.get(mode, f'has a problem of the kind {mode}')}"


def _spot(component: str, mode: FailureMode, dead: list[Decided]) -> BlindSpot:
    names = tuple(dict.fromkeys(decided.judged.rule.name for decided in dead))
    judged = dead[0].judged
    text = f"{_head([component], mode)}: {judged.because}"
    if judged.cause == "not-loaded":
        advice = "move the rule into a file and place that Prometheus loads"
    else:
        advice = "scrape what it needs, or let a check from outside watch it and say so in the topology"
    return BlindSpot(component, mode, names, text, advice)


def told_together(spots: Iterable[BlindSpot]) -> list[tuple[str, str]]:
    """What to say of blind spots, with the advice: one sentence for all that are blind for one reason."""
    groups: dict[tuple[str, str, str], list[BlindSpot]] = {}
    for spot in spots:
        head = _head([spot.component], spot.failure_mode)
        because = spot.text[len(head) :] if spot.text.startswith(f"{head}: ") else ""
        groups.setdefault((spot.failure_mode, because, spot.advice) if because else (spot.text, "", ""), []).append(spot)
    return [
        (_head([each.component for each in group], group[0].failure_mode) + because if because else group[0].text,
         group[0].advice)
        for (_, because, _), group in groups.items()
    ]  # fmt: skip
