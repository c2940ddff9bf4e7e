"""The account that ``reduce`` gives on standard error: short, worst first, for a tired person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promtrim.output.summary import Cut, Summary, dropped_by_reason, place, summarise, told
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.plan.model import Decided, Plan

MOST_RULES = 12
"""Rules told one by one under a heading; more are counted. Thousands of lines help nobody."""
MOST_NAMES = 40
MOST_PROBLEMS = 20


def account(plan: Plan, cuts: Sequence[Cut], paint: Paint = Paint(), width: int = 100) -> str:  # noqa: B008 - frozen
    """Tell what a reduction did.

    Args:
        cuts: what it did to each file.
        width: columns to fill.
    """
    summary = summarise(plan, cuts)
    lines = [paint.bold(_headline(summary)), paint.dim(_basis(plan))]
    lines += _blind_spots(plan, paint, width)
    lines += _dropped(plan, paint, width)
    lines += _kept(plan, paint, width)
    lines += _to_look_at(plan, cuts, paint, width)
    written = [cut for cut in cuts if cut.written_to]
    if written:
        lines += ["", *_written(written)]
    return "\n".join(lines) + "\n"


def _headline(summary: Summary) -> str:
    where = f" in {summary.files} files" if summary.files > 1 else ""
    return (
        f"{_count(summary.rules, 'rule')}{where}: kept {summary.kept}, dropped {summary.dropped}; "
        f"{summary.lines_before} -> {_count(summary.lines_after, 'line')}"
    )


def _basis(plan: Plan) -> str:
    topology = plan.topology.name or plan.topology.preset or "a topology of your own"
    return f"level {plan.level}, topology {one_line(topology)}"


def _blind_spots(plan: Plan, paint: Paint, width: int) -> list[str]:
    if not plan.blind_spots:
        return []
    lines = ["", paint.bad(f"Nobody would tell you ({len(plan.blind_spots)}):")]
    for spot in plan.blind_spots:
        head = f"{spot.component} {spot.failure_mode}: {spot.text}"
        lines += wrapped(head, width, "    ", "  ")
        lines += wrapped(spot.advice, width, "       ", "    -> ") if spot.advice else []
    return lines


def _dropped(plan: Plan, paint: Paint, width: int) -> list[str]:
    lines: list[str] = []
    for heading, rules in dropped_by_reason(plan):
        lines += ["", paint.bold(f"Dropped, {heading.words} ({len(rules)}):")]
        if not heading.told:
            lines += _names(rules, width)
            continue
        for decided in rules[:MOST_RULES]:
            lines += wrapped(f"{_name(decided)}: {decided.reason.text}", width, "      ", "  ")
        lines += _more(len(rules) - MOST_RULES, "promtrim classify lists them")
    return lines


def _kept(plan: Plan, paint: Paint, width: int) -> list[str]:
    kept = [decided for decided in plan.rules if decided.keep]
    if not kept:
        return ["", paint.warn("Kept nothing.")] if plan.rules else []
    lines = ["", paint.bold(f"Kept ({len(kept)}):"), *_names(kept, width)]
    overridden = [decided for decided in kept if decided.reason.code == "override"]
    for decided in overridden[:MOST_RULES]:
        lines += wrapped(f"{_name(decided)} stays: {decided.reason.text}", width, "      ", "  ")
    return lines + _more(len(overridden) - MOST_RULES, "promtrim classify lists them")


def _to_look_at(plan: Plan, cuts: Sequence[Cut], paint: Paint, width: int) -> list[str]:
    """Problems, what the cut had to do, mistakes in kept rules, recording rules without a reader."""
    items = [(place(p.file, p.line, p.column), told(p)) for p in plan.problems]
    items += [(cut.file, note) for cut in cuts for note in cut.notes]
    items += _defects(plan.rules)
    unused = [_name(decided) for decided in plan.rules if decided.keep and decided.reason.code == "unused"]
    if unused:
        names = ", ".join(unused[:MOST_RULES])
        rest = len(unused) - MOST_RULES
        names += f" and {rest} more" if rest > 0 else ""
        items.append(("unused", f"no alert here needs {names}; dashboards may (--drop-unused, --used-by)"))
    if not items:
        return []
    lines = ["", paint.warn(f"To look at ({len(items)}):")]
    for where, text in items[:MOST_PROBLEMS]:
        lines += wrapped(f"{where}: {text}", width, "      ", "  ")
    return lines + _more(len(items) - MOST_PROBLEMS, "--format json has them all")


def _defects(rules: Iterable[Decided]) -> list[tuple[str, str]]:
    """Mistakes in the rules themselves, with the mended form where it is certain."""
    found: list[tuple[str, str]] = []
    for decided in rules:
        rule = decided.judged.rule
        for defect in decided.judged.defects:
            text = f"{_name(decided)}: {defect.text}"
            if defect.mended:
                text += f"; write: {defect.mended}"
            found.append((place(rule.file, defect.line or rule.line, defect.column), text))
    return found


def _written(cuts: Sequence[Cut]) -> list[str]:
    if len(cuts) == 1:
        return [f"Wrote {one_line(cuts[0].written_to or '')}"]
    changed = sum(cut.changed for cut in cuts)
    return [f"Wrote {len(cuts)} files, {changed} of them shorter than before"]


def _names(rules: Sequence[Decided], width: int) -> list[str]:
    names = list(dict.fromkeys(_name(decided) for decided in rules))
    lines = wrapped(", ".join(names[:MOST_NAMES]), width, "  ")
    return lines + _more(len(names) - MOST_NAMES, "promtrim classify lists them")


def _more(count: int, where: str) -> list[str]:
    return [f"  ... and {count} more ({where})"] if count > 0 else []


def _name(decided: Decided) -> str:
    return decided.judged.rule.name or f"the rule in line {decided.judged.rule.line}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
