"""A review as a comment on a pull request: the summary first, the details folded, short enough for GitHub.

Names, labels, expressions and paths come from strangers: they stand in code spans and blocks, or are escaped, and never in
a summary line or heading of ours. What does not fit is counted, and the comment says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from promtrim.output import review as words
from promtrim.output.markdown import escaped
from promtrim.output.spans import block, span
from promtrim.output.summary import place
from promtrim.review.common import remaining
from promtrim.review.findings import Finding
from promtrim.review.model import Change, Edit, Flip, Review

MARKER = "<!-- promtrim:diff{} -->"
"""First line, by which the comment of an earlier run is found."""
LIMIT = 65_000
"""Bytes of the whole; GitHub takes 65,536 characters of a comment, which are never more than its bytes."""
_RESERVE = 600
"""Bytes kept for what closes a section and says how much is missing."""

Item = TypeVar("Item")


class Section(msgspec.Struct, frozen=True):
    """Pieces under a title; a piece is shown whole or not at all."""

    title: str
    pieces: tuple[str, ...]
    folded: bool = True
    head: str = ""


def marker(title: str = "") -> str:
    """The first line of a comment with this title."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    return MARKER.format(f":{slug}" if slug else "")


def markdown(review: Review, title: str = "") -> str:
    """The comment.

    Args:
        title: tells the comments of two reviews on one pull request apart.
    """
    heading = f"### promtrim{f': {escaped(title)}' if title else ''}"
    sides = f"{span(review.base)} → {span(review.head)}: {words.headline(review)}"
    lines = [marker(title), heading, "", _verdict(review), "", sides, ""]
    text = "\n".join(lines) + "\n"
    missing = 0
    for section in _sections(review):
        shown, left = _section(section, LIMIT - len(text.encode()) - _RESERVE)
        text += shown
        missing += left
    if missing:
        text += (
            f"\n**{missing} more details are not shown here:** a comment holds no more than 65,536 characters. "
            "`promtrim diff` in a clone, or `--format json`, has them all.\n"
        )
    return text.rstrip("\n") + "\n"


def _verdict(review: Review) -> str:
    result = review.result
    if result.fails:
        count = len(result.fails)
        kinds = ", ".join(dict.fromkeys(f"`{finding.id}`" for finding in result.fails))
        return f":x: **{count} finding{'' if count == 1 else 's'} that must not come in:** {kinds}"
    if result.findings:
        return ":warning: **Nothing that must not come in**, and something to look at"
    return ":white_check_mark: **Nothing new is wrong**"


def _sections(review: Review) -> Iterator[Section]:
    findings = [each for each in review.result.findings if each.level != "note"]
    yield Section("What this brings about", tuple(map(_finding, findings)), folded=False)
    head = "| rule | tier | watches | verdict |\n|---|---|---|---|\n"
    added = [change for change in review.changes if change.kind == "added"]
    yield Section("Added", tuple(map(_added, added)), head=head)
    yield _of("Removed", [change for change in review.changes if change.kind == "removed"], _removed)
    yield _of("The same in many rules", review.common, lambda each: f"- {_text(words.together(each))}\n")
    changed, _ = remaining(review.changes, review.common)
    yield _of(words.changed_title(review), changed, lambda each: _changed(each, words.change_edits(each, review)))
    yield _of("Moved", review.moves, lambda each: f"- {_text(words.moved(each))}\n")
    yield _of("Reformatted only", review.reformatted, lambda each: f"- {_text(words.reformatted(each))}\n")
    yield _of("Topology and settings", review.settings, lambda each: f"- {_text(words.setting(each))}\n")
    for title, flips in words.flip_groups(review):
        yield _of(title, flips, _flip, folded=False)
    yield _of("Watched no more", review.lost, lambda each: f"- {_text(words.cell(each))}\n")
    yield _of("Watched now", review.gained, lambda each: f"- {_text(words.cell(each))}\n")
    yield _of("Blind spots gone", review.spots_gone, lambda each: f"- {_text(each)}\n")
    yield _of("Mended", review.mended, _finding)
    yield _of("Receivers", review.routes, lambda each: f"- {_text(words.route(each))}\n")
    yield _of("To know", review.problems, lambda each: f"- {span(each.file)}: {_text(each.text)}\n")
    notes = [each for each in review.result.findings if each.level == "note"]
    yield _of("Notes", notes, _finding)


def _of(title: str, items: Sequence[Item], piece: Callable[[Item], str], folded: bool = True) -> Section:
    return Section(title, tuple(piece(item) for item in items), folded)


def _section(section: Section, room: int) -> tuple[str, int]:
    """The text of a section within so many bytes, and how many pieces did not fit."""
    if not section.pieces:
        return "", 0
    count = len(section.pieces)
    title = f"{section.title} ({count})"
    before = f"<details><summary>{title}</summary>\n\n" if section.folded else f"**{title}**\n\n"
    after = "\n</details>\n\n" if section.folded else "\n"
    text = before + section.head
    used = len(text.encode()) + len(after)
    for number, piece in enumerate(section.pieces):
        used += len(piece.encode())
        if used > room:
            if number == 0:
                return f"{title}: not shown here\n\n" if room > 0 else "", count
            return text + f"\nand {count - number} more\n" + after, count - number
        text += piece
    return text + after, 0


def _text(text: str) -> str:
    return escaped(text.replace(" -> ", " → "))


def _finding(finding: Finding) -> str:
    where = finding.place
    rule = f" {span(finding.rule)}" if finding.rule else ""
    at = f" ({span(place(where.file, where.line))})" if where.file else ""
    advice = f"\n  *{_text(finding.advice)}*" if finding.advice else ""
    return f"- **{finding.level}**{rule}{at}: {_text(finding.message)} \\[{finding.id}\\]{advice}\n"


def _added(change: Change) -> str:
    decided = change.after
    assert decided is not None
    rule, judged = decided.judged.rule, decided.judged
    name = f"{span(rule.name, table=True)} ({span(place(rule.file, rule.line), table=True)})"
    if rule.alert is None:
        return f"| {name} | | | a recording rule |\n"
    watches = _text(f"{judged.failure_mode} of {', '.join(judged.components)}")
    verdict = judged.verdict if not judged.constant else "fires by design"
    told = [_text(finding.message) for finding in change.findings]
    return f"| {name} | {judged.tier} | {watches} | {'; '.join([f'**{verdict}**', *told])} |\n"


def _removed(change: Change) -> str:
    assert change.before is not None
    rule = change.before.judged.rule
    return f"- {span(rule.name)} ({span(place(rule.file, rule.line))}): {_text(words.about(change))}\n"


def _changed(change: Change, edits: Sequence[Edit]) -> str:
    assert change.before is not None
    assert change.after is not None
    rule = change.after.judged.rule
    name = f"{span(change.before.judged.rule.name)} → {span(rule.name)}" if change.renamed else span(rule.name)
    about = words.about(change)
    lines = [f"- {name} ({span(place(rule.file, rule.line))}){f': {_text(about)}' if about else ''}"]
    for edit in edits:
        lines += _edit(edit)
    lines += [f"  - {_text(finding.message)} \\[{finding.id}\\]" for finding in change.findings]
    return "\n".join(lines) + "\n"


def _edit(edit: Edit) -> list[str]:
    if edit.what != "expression":
        return [f"  - {_text(words.edited(edit))}"]
    inner = block(words.expression_diff(edit), "diff")
    return ["  - expression", "", *(f"    {line}" for line in inner), ""]


def _flip(flip: Flip) -> str:
    rule = flip.after.judged.rule
    return f"- {span(rule.name)} ({span(place(rule.file, rule.line))}): {_text(flip.text)}\n"
