"""A review as text for a terminal, and the words that the other formats share with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from promtrim.output.findings import summary as findings_summary
from promtrim.output.findings import told
from promtrim.output.runners import harmless
from promtrim.output.summary import place
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.plan.coverage import happens
from promtrim.plan.model import Decided
from promtrim.review.common import own, remaining
from promtrim.review.model import CellChange, Change, Common, Edit, Flip, Move, Reformatted, Review, RouteChange, Setting

LONGEST = 100
"""Characters of a label or annotation that are shown."""
MOST_NAMES = 8

Item = TypeVar("Item")

EDITS = {"keep_firing_for": "keep_firing_for", "number": "a number", "label": "label", "annotation": "annotation"}


def text(review: Review, paint: Paint = Paint(), width: int = 100) -> str:  # noqa: B008 - frozen
    """The whole review. No line is a command to a CI runner.

    Args:
        width: columns to fill.
    """
    lines = [paint.bold(f"{one_line(review.base)} -> {one_line(review.head)}: {headline(review)}")]
    grave = [each for each in review.result.findings if each.level != "note"]
    lines += _section("What this brings about", grave, lambda each: told(each, paint), paint)
    for title, kind in (("Added", "added"), ("Removed", "removed")):
        some = [change for change in review.changes if change.kind == kind]
        lines += _section(title, some, lambda each: _change(each, change_edits(each, review), width), paint)
    changed, _ = remaining(review.changes, review.common)
    shared = [together(each) for each in review.common]
    lines += _section("The same in many rules", shared, lambda each: wrapped(each, width, "      ", "  "), paint)
    lines += _section(changed_title(review), changed, lambda each: _change(each, change_edits(each, review), width), paint)
    lines += _section("Moved", review.moves, lambda each: [f"  {one_line(moved(each))}"], paint)
    if review.reformatted:
        lines += ["", *wrapped(f"Reformatted only: {', '.join(map(reformatted, review.reformatted))}", width, "  ", "")]
    lines += _section("Topology and settings", review.settings, lambda each: [f"  {one_line(setting(each))}"], paint)
    for title, flips in flip_groups(review):
        lines += _section(title, flips, lambda each: _flip(each, width), paint)
    lines += _section("Watched no more", review.lost, lambda each: wrapped(f"- {cell(each)}", width, "      ", "  "), paint)
    lines += _section("Watched now", review.gained, lambda each: wrapped(f"+ {cell(each)}", width, "      ", "  "), paint)
    lines += _section("Blind spots gone", review.spots_gone, lambda each: wrapped(each, width, "      ", "  "), paint)
    lines += _section("Mended", review.mended, lambda each: told(each, paint)[:1], paint)
    lines += _section("Receivers", review.routes, lambda each: wrapped(route(each), width, "      ", "  "), paint)
    lines += _section("To know", review.problems, lambda each: [f"  {one_line(f'{each.file}: {each.text}')}"], paint)
    return harmless("\n".join([*lines, "", findings_summary(review.result, "nothing new is wrong")]) + "\n")


def _section(title: str, items: Sequence[Item], lines_of: Callable[[Item], list[str]], paint: Paint) -> list[str]:
    if not items:
        return []
    lines = ["", paint.bold(f"{title} ({len(items)}):")]
    for item in items:
        lines += lines_of(item)
    return lines


def headline(review: Review) -> str:
    """The numbers of the change in one line."""
    kinds = {kind: sum(change.kind == kind for change in review.changes) for kind in ("added", "removed", "changed")}
    renamed = sum(change.renamed for change in review.changes)
    parts = [f"{count} {kind}" for kind, count in kinds.items() if count]
    if renamed:
        parts.append(f"{renamed} of them renamed")
    if review.moves:
        away = sum(len(move.rules) for move in review.moves if move.what != "group")
        parts.append(f"{away} moved to other files" if away else "groups renamed or regrouped")
    if review.flips:
        parts.append(f"{len(review.flips)} unchanged {'alert' if len(review.flips) == 1 else 'alerts'} judged anew")
    if review.settings:
        parts.append("topology or settings changed")
    return ", ".join(parts) or ("only the text changed" if review.reformatted else "no rule changed")


def changed_title(review: Review) -> str:
    """``Changed``, or what else is changed than what many rules share."""
    return "Changed beyond that" if review.common else "Changed"


def change_edits(change: Change, review: Review) -> tuple[Edit, ...]:
    """The edits to tell at a change: what many rules share is told once."""
    return own(change, review.common)


def together(each: Common) -> str:
    """An edit that many rules share, in words."""
    edit = each.edit
    names = f": {listed(each.rules)}" if len(set(each.rules)) <= MOST_NAMES else ""
    if edit.what == "annotation":
        how = "added" if edit.before is None else "removed" if edit.after is None else "changed"
        return f"annotation {edit.name} {how} in {len(each.rules)} rules{names}"
    return f"{edited(edit)} in {len(each.rules)} rules{names}"


def _change(change: Change, edits: Sequence[Edit], width: int) -> list[str]:
    sign = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    lines = wrapped(f"{sign} {titled(change)}{': ' if about(change) else ''}{about(change)}", width, "      ", "  ")
    for edit in edits:
        lines += _edit(edit, width)
    for finding in change.findings:
        lines += wrapped(f"! {finding.message} [{finding.id}]", width, "        ", "      ")
    return lines


def titled(change: Change) -> str:
    """A change's name and place."""
    decided = change.after or change.before
    assert decided is not None
    rule = decided.judged.rule
    name = rule.name
    if change.renamed and change.before is not None:
        name = f"{change.before.judged.rule.name} -> {name}"
    return f"{name} ({place(rule.file, rule.line)})"


def about(change: Change) -> str:
    """What a person should know of a rule that came or went, or of what is different in what it says."""
    if change.kind == "added" and change.after is not None:
        return described(change.after)
    if change.kind == "removed" and change.before is not None:
        if change.before.judged.rule.alert is None:
            return "a recording rule"
        was = _was(change.before)
        if change.still:
            return f"{was}; {listed(change.still)} still {'watches' if len(change.still) == 1 else 'watch'} that"
        return was
    if change.before is not None and change.after is not None:
        was, now = described(change.before), described(change.after)
        return f"{now} (was: {was})" if was != now and change.after.judged.rule.alert is not None else ""
    return ""


def described(decided: Decided) -> str:
    """Tier, what it watches, and verdict, in words."""
    judged = decided.judged
    if judged.rule.alert is None:
        return "a recording rule"
    verdict = {"can-fire": "can fire", "cannot-fire": "cannot fire", "always-fires": "fires all the time",
               "unknown": "cannot be read"}[judged.verdict]  # fmt: skip
    if judged.constant:
        return "a constant alert, which fires by design"
    return f"{judged.tier}, {judged.failure_mode} of {', '.join(judged.components)}, {verdict}"


def _was(before: Decided) -> str:
    judged = before.judged
    if judged.verdict == "cannot-fire" or judged.meaningless:
        return f"it could say nothing here ({judged.meaningless or judged.because})"
    if judged.verdict == "always-fires" and not judged.constant:
        return f"it fired all the time ({judged.because})"
    return f"it was {described(before)}"


def _edit(edit: Edit, width: int) -> list[str]:
    if edit.what == "expression":
        return ["      expression", *(f"        {one_line(line)}" for line in expression_diff(edit))]
    return wrapped(edited(edit), width, "        ", "      ")


def expression_diff(edit: Edit) -> list[str]:
    """Two expressions as lines that begin with ``-``, ``+`` or a space; of what is alike only what stands beside."""
    from difflib import unified_diff

    old, new = ((text or "").strip().splitlines() for text in (edit.before, edit.after))
    lines = unified_diff(list(old), list(new), n=1, lineterm="")
    return ["..." if line.startswith("@@") else f"{line[:1]} {line[1:]}" for line in lines][3:]


def edited(edit: Edit) -> str:
    """One edit in words; an expression's two texts are for the format to show."""
    what = EDITS.get(edit.what, edit.what)
    if edit.name:
        what = f"{what} {edit.name}"
    if edit.before is None:
        return f"{what} added: {short(edit.after or '')}"
    if edit.after is None:
        return f"{what} removed: {short(edit.before)}"
    return f"{what} {short(edit.before)} -> {short(edit.after)}"


def short(value: str) -> str:
    """A text on one line, cut where it is long."""
    line = one_line(value)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def moved(move: Move) -> str:
    """A move in words."""
    count = f"{len(move.rules)} rule{'' if len(move.rules) == 1 else 's'}"
    if move.whole:
        return f"{move.what} renamed: {move.before} -> {move.after} ({count})"
    names = f": {listed(move.rules)}" if len(move.rules) <= MOST_NAMES else ""
    return f"{move.what} {move.before} -> {move.after}: {count}{names}"


def reformatted(each: Reformatted) -> str:
    """A file that only looks different."""
    if each.line_ends:
        return f"{one_line(each.file)} (line ends)"
    return f"{one_line(each.file)}{f' ({each.rules} expressions)' if each.rules else ''}"


def setting(each: Setting) -> str:
    """A changed value in words."""
    if each.before is None:
        return f"{each.name}: now {short(each.after or '')}"
    if each.after is None:
        return f"{each.name}: no longer {short(each.before)}"
    return f"{each.name}: {short(each.before)} -> {short(each.after)}"


def flip_groups(review: Review) -> list[tuple[str, tuple[Flip, ...]]]:
    """Flips of rules that did not change, those that became useful first."""
    useful = tuple(flip for flip in review.flips if flip.useful)
    others = tuple(flip for flip in review.flips if not flip.useful)
    groups = [("Unchanged alerts that become useful again", useful), ("Other verdicts that flip without a change", others)]
    return [(title, flips) for title, flips in groups if flips]


def _flip(flip: Flip, width: int) -> list[str]:
    rule = flip.after.judged.rule
    return wrapped(f"{rule.name} ({place(rule.file, rule.line)}): {flip.text}", width, "      ", "  ")


def cell(each: CellChange) -> str:
    """A cell of the coverage in words."""
    return f"{each.component} {happens(each.failure_mode)}: {listed(each.alerts)}"


def route(each: RouteChange) -> str:
    """What happens to a receiver, in words."""
    parts = [f"loses {listed(each.loses)}"] if each.loses else []
    parts += [f"gains {listed(each.gains)}"] if each.gains else []
    return f"{each.receiver} {'; '.join(parts)}"


def listed(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Names, the first few of many."""
    distinct: Sequence[str] = list(dict.fromkeys(names))
    rest = len(distinct) - most
    return ", ".join(distinct[:most]) + (f" and {rest} more" if rest > 0 else "")
