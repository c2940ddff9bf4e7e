"""A review for programs: one object, version 1, as ``schema/diff.schema.json`` describes it.

Fields may be added, never renamed or removed.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from promtrim.output.findings_json import counts, entries
from promtrim.output.json import encoded, known
from promtrim.plan.model import Decided
from promtrim.review.model import Change, Edit, Flip, Review

VERSION: Literal[1] = 1


def report(review: Review) -> str:
    """The object as JSON text."""
    builtins = msgspec.to_builtins
    return encoded(
        {
            "version": VERSION,
            "base": review.base,
            "head": review.head,
            "topology": known(builtins(review.after.topology)),
            "level": review.after.level,
            "summary": {**_counts(review), **counts(review.result)},
            "fail_on": sorted(review.result.fail_on),
            "changes": [_change(change) for change in review.changes],
            "common": [{"edit": _edit(each.edit), "rules": each.rules} for each in review.common],
            "moves": builtins(review.moves),
            "reformatted": builtins(review.reformatted),
            "settings": builtins(review.settings),
            "flips": [_flip(flip) for flip in review.flips],
            "coverage_lost": builtins(review.lost),
            "coverage_gained": builtins(review.gained),
            "blind_spots_gone": review.spots_gone,
            "mended": [{"id": each.id, "rule": each.rule or None, "message": each.message} for each in review.mended],
            "receivers": builtins(review.routes),
            "findings": entries(review.result),
            "problems": [
                {"code": each.code, "text": each.text, "file": each.file, "line": each.line or None}
                for each in review.problems
            ],
        }
    )


def _counts(review: Review) -> dict[str, int]:
    kinds = ("added", "removed", "changed")
    found = {kind: sum(change.kind == kind for change in review.changes) for kind in kinds}
    return {**found, "renamed": sum(change.renamed for change in review.changes), "unchanged": review.unchanged}


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "renamed": change.renamed,
        "before": _rule(change.before) if change.before else None,
        "after": _rule(change.after) if change.after else None,
        "edits": [_edit(edit) for edit in change.edits],
        "findings": [{"id": each.id, "message": each.message} for each in change.findings],
        "still_watched_by": change.still,
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {"what": edit.what, "name": edit.name or None, "before": edit.before, "after": edit.after}


def _rule(decided: Decided) -> dict[str, Any]:
    judged, rule = decided.judged, decided.judged.rule
    return {
        "file": rule.file,
        "line": rule.line,
        "column": rule.column,
        "group": rule.group,
        "alert": rule.alert,
        "record": rule.record,
        "expr": rule.expr,
        "verdict": judged.verdict,
        "cause": judged.cause,
        "tier": judged.tier,
        "failure_mode": judged.failure_mode,
        "components": judged.components,
        "decision": "keep" if decided.keep else "drop",
        "reason": {"code": decided.reason.code, "text": decided.reason.text},
    }


def _flip(flip: Flip) -> dict[str, Any]:
    return {"before": _rule(flip.before), "after": _rule(flip.after), "text": flip.text, "useful": flip.useful}
