"""Edits that many rules have in common: a label renamed everywhere, an annotation taken away. Told once, they are read."""

from __future__ import annotations

from collections.abc import Iterable

from promtrim.review.model import Change, Common, Edit

FEW = 3
"""So many rules with one edit are told of together."""


def common(changes: Iterable[Change]) -> tuple[Common, ...]:
    """The edits that at least :data:`FEW` rules share, the most frequent first."""
    rules: dict[Edit, list[str]] = {}
    for change in changes:
        if change.kind == "changed" and change.after is not None:
            for edit in dict.fromkeys(map(alike, change.edits)):
                rules.setdefault(edit, []).append(change.after.judged.rule.name)
    found = [Common(edit, tuple(names)) for edit, names in rules.items() if len(names) >= FEW and edit.what != "expression"]
    return tuple(sorted(found, key=lambda each: -len(each.rules)))


def alike(edit: Edit) -> Edit:
    """What of an edit is compared with those of other rules: of annotations only that they came, went or changed."""
    if edit.what != "annotation":
        return edit
    return Edit(edit.what, edit.name, None if edit.before is None else "", None if edit.after is None else "")


def own(change: Change, shared: Iterable[Common]) -> tuple[Edit, ...]:
    """The edits of a change that are not told of with others."""
    told = {each.edit for each in shared}
    return tuple(edit for edit in change.edits if alike(edit) not in told)


def remaining(changes: Iterable[Change], shared: tuple[Common, ...]) -> tuple[list[Change], int]:
    """The changed rules of which there is more to tell than what many share, and the number of the others."""
    changed = [change for change in changes if change.kind == "changed"]
    left = [change for change in changed if change.renamed or change.findings or own(change, shared) or not change.edits
            or _verdict_changed(change)]  # fmt: skip
    return left, len(changed) - len(left)


def _verdict_changed(change: Change) -> bool:
    assert change.before is not None
    assert change.after is not None
    one, other = change.before.judged, change.after.judged
    return (one.verdict, one.meaningless is None, one.tier) != (other.verdict, other.meaningless is None, other.tier)
