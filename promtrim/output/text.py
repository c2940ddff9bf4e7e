"""The account that ``reduce`` gives on standard error: short, worst first, for a tired person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promtrim.output.summary import Cut, Summary, by_text, dropped_by_reason, name, place, summarise, told
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.plan.coverage import told_together
from promtrim.plan.model import Decided, Plan

MOST_ITEMS = 15
"""Things told one by one under a heading; more are counted. Thousands of lines help nobody."""
MOST_NAMES = 30
MOST_RECORDS = 6
"""Recording rules without a reader: nothing hangs on them, so a few examples do."""


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
    unnamed = "as read off the sources" if plan.topology.sources else "without a name"
    topology = one_line(plan.topology.name or plan.topology.preset or unnamed)
    assumed = all(source.startswith("preset ") for source in plan.topology.sources.values())
    stands = f"{topology} (assumed, see --topology)" if assumed and plan.topology.preset else topology
    return f"level {plan.level}, topology {stands}; promtrim explain FILE ALERT tells more"


def _blind_spots(plan: Plan, paint: Paint, width: int) -> list[str]:
    if not plan.blind_spots:
        return []
    lines = ["", paint.bad(f"Nobody would tell you ({len(plan.blind_spots)}):")]
    sentences = told_together(plan.blind_spots)
    for text, advice in sentences[:MOST_ITEMS]:
        lines += wrapped(text, width, "    ", "  ")
        lines += wrapped(advice, width, "       ", "    -> ") if advice else []
    return lines + _more(len(sentences) - MOST_ITEMS)


def _dropped(plan: Plan, paint: Paint, width: int) -> list[str]:
    lines: list[str] = []
    for words, rules in dropped_by_reason(plan):
        lines += ["", paint.bold(f"Dropped, {words} ({len(rules)}):")]
        lines += _said(((decided.reason.text, name(decided)) for decided in rules), width)
    return lines


def _kept(plan: Plan, paint: Paint, width: int) -> list[str]:
    kept = [decided for decided in plan.rules if decided.keep]
    if not kept:
        return ["", paint.warn("Kept nothing.")] if plan.rules else []
    overridden = [(f"kept, {d.reason.text}", name(d)) for d in kept if d.reason.code == "override"]
    for_ever = [(d.reason.text, name(d)) for d in kept if d.reason.code == "kept" and d.judged.verdict == "always-fires"
                and not d.judged.constant]  # fmt: skip
    return [
        "",
        paint.bold(f"Kept ({len(kept)}):"),
        *wrapped(_listed([name(decided) for decided in kept]), width, "  "),
        *_said([*for_ever, *overridden], width),
    ]


def _to_look_at(plan: Plan, cuts: Sequence[Cut], paint: Paint, width: int) -> list[str]:
    """Problems, what the cut had to do, mistakes in rules, recording rules without a reader."""
    of_alerts = by_text((p.text, p.alert) for p in plan.problems if p.alert)
    together = {text for text, names in of_alerts if len(names) > 1}
    items = [f"{_listed(names)}: {text}" for text, names in of_alerts if text in together]
    items += [f"{place(p.file, p.line, p.column)}: {told(p)}" for p in plan.problems if p.text not in together]
    items += [f"{cut.file}: {note}" for cut in cuts for note in cut.notes]
    items += _defects(plan.rules)
    unused = [name(decided) for decided in plan.rules if decided.keep and decided.reason.code == "unused"]
    if unused:
        items.append(f"{_listed(unused, MOST_RECORDS)}: no alert here needs it; dashboards may (--drop-unused, --used-by)")
    if not items:
        return []
    lines = ["", paint.warn("To look at:")]
    for item in items[:MOST_ITEMS]:
        lines += wrapped(item, width, "      ", "  ")
    return lines + _more(len(items) - MOST_ITEMS)


def _defects(rules: Iterable[Decided]) -> list[str]:
    """Mistakes in the rules themselves, with the mended form where it is certain."""
    found = []
    for decided in rules:
        rule = decided.judged.rule
        for defect in decided.judged.defects:
            where = place(rule.file, defect.line or rule.line, defect.column)
            mended = f"; write: {defect.mended}" if defect.mended else ""
            found.append(f"{where}: {name(decided)}: {defect.text}{mended}")
    return found


def _written(cuts: Sequence[Cut]) -> list[str]:
    if len(cuts) == 1:
        return [f"Wrote {one_line(cuts[0].written_to or '')}"]
    changed = sum(cut.changed for cut in cuts)
    return [f"Wrote {len(cuts)} files, {changed} of them shorter than before"]


def _said(pairs: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Sentences, each behind the names of the rules that it is about."""
    groups = by_text(pairs)
    lines: list[str] = []
    for text, names in groups[:MOST_ITEMS]:
        lines += wrapped(f"{_listed(names)}: {text}", width, "      ", "  ")
    return lines + _more(sum(len(names) for _, names in groups[MOST_ITEMS:]))


def _listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    distinct = list(dict.fromkeys(names))
    rest = len(distinct) - most
    return ", ".join(distinct[:most]) + (f" and {rest} more" if rest > 0 else "")


def _more(count: int) -> list[str]:
    return [f"  ... and {count} more (--format json has them all)"] if count > 0 else []


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
