"""The door of this room: two sides that were read, and what the change between them does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from promtrim.review.common import common
from promtrim.review.coverage import cell_changes, lost_findings, still_watched
from promtrim.review.differences import edits_of
from promtrim.review.findings import Finding, FindingId, order
from promtrim.review.fingerprint import key
from promtrim.review.flips import flips, settings
from promtrim.review.matching import matched, named
from promtrim.review.model import Change, Pair, Review
from promtrim.review.present import found_in
from promtrim.review.reading import Seen
from promtrim.review.records import dashboard_findings, record_findings
from promtrim.review.result import result_of
from promtrim.review.routes import route_changes, route_findings
from promtrim.review.structure import moves, reformatted


def compare(before: Seen, after: Seen, kinds: frozenset[FindingId], accepted: Mapping[str, int] | None = None) -> Review:
    """What happens to the person on call when the second side takes the place of the first.

    Args:
        kinds: of findings on which the check fails.
        accepted: a baseline's counts by fingerprint.
    """
    old, new = before.plan, after.plan
    pairs = matched(named(old.rules, before.where), named(new.rules, after.where))
    there, now = found_in(old), found_in(new)
    fresh, known = _introduced(there, now, pairs)
    lost, gained = cell_changes(old, new)
    fresh += lost_findings(lost, pairs, new, fresh)
    fresh += record_findings(old, new, pairs)
    if after.dashboards:
        fresh += dashboard_findings(after.dashboards, (old, before.metrics), (new, after.metrics), pairs)
    if before.receivers and after.receivers:
        fresh += route_findings(pairs, before.receivers, after.receivers, new)
    fresh.sort(key=order)
    changes = _changes(pairs, [each for each in now if each[1].level != "note" or each[1] in fresh], after)
    moved = moves(pairs, old, new, (before.where, after.where))
    busy = {change.after.judged.rule.id for change in changes if change.after}
    same = [each.judged.rule.id for each in new.rules if each.judged.rule.id not in busy]
    gone = {finding.about for _, finding in there if finding.id == "blind-spot"}
    gone -= {finding.about for _, finding in now if finding.id == "blind-spot"}
    spots = [finding.message for _, finding in there if finding.id == "blind-spot" and finding.about in gone]
    flipped = flips(pairs, same)
    return Review(
        base=before.side.name,
        head=after.side.name,
        before=old,
        after=new,
        result=result_of(fresh, new, kinds, accepted, known),
        changes=changes,
        common=common(changes),
        moves=moved,
        reformatted=reformatted(old, new, pairs, changes, moved, (before.where, after.where)),
        settings=settings(old, new, before.config, after.config),
        flips=flipped,
        lost=lost,
        gained=gained,
        spots_gone=tuple(dict.fromkeys(spots)),
        mended=_mended(there, now, pairs, {flip.before.judged.rule.id for flip in flipped}),
        routes=route_changes(pairs, before.receivers, after.receivers) if before.receivers or after.receivers else (),
        unchanged=len(same),
        problems=(*before.problems, *after.problems),
    )


Found = Sequence[tuple[int | None, Finding]]
"""Findings with the ids of the rules that they are about."""


def _introduced(there: Found, now: Found, pairs: Iterable[Pair]) -> tuple[list[Finding], list[Finding]]:
    """The findings that were not there before, and those that were: on the same rule, or with one fingerprint."""
    origin = {
        pair.after.judged.rule.id: pair.before.judged.rule.id for pair in pairs if pair.before and pair.after
    }
    left = Counter((number, finding.id, finding.code) for number, finding in there if number is not None)
    alike = Counter(key(finding) for _, finding in there)
    fresh: list[Finding] = []
    known: list[Finding] = []
    rest: list[Finding] = []
    for number, finding in now:
        mark = (origin.get(number, -1) if number is not None else -1, finding.id, finding.code)
        if left[mark] > 0:
            left[mark] -= 1
            alike[key(finding)] -= 1
            known.append(finding)
        else:
            rest.append(finding)
    for finding in rest:
        one = key(finding)
        if alike[one] > 0:
            alike[one] -= 1
            known.append(finding)
        else:
            fresh.append(finding)
    return fresh, known


def _mended(there: Found, now: Found, pairs: Iterable[Pair], flipped: Collection[int]) -> tuple[Finding, ...]:
    """Findings on rules that are still there, and that are gone; of rules that flip that is told already."""
    target = {
        pair.before.judged.rule.id: pair.after.judged.rule.id for pair in pairs if pair.before and pair.after
    }
    still = {(number, finding.id, finding.code) for number, finding in now}
    return tuple(
        finding
        for number, finding in there
        if number in target
        and number not in flipped
        and finding.level != "note"
        and finding.id != "blind-spot"
        and (target[number], finding.id, finding.code) not in still
    )


def _changes(pairs: Sequence[Pair], now: Found, after: Seen) -> tuple[Change, ...]:
    of_rule: dict[int, list[Finding]] = {}
    for number, finding in now:
        if number is not None:
            of_rule.setdefault(number, []).append(finding)
    return tuple(_change(pair, of_rule, after) for pair in pairs if _is_change(pair))


def _is_change(pair: Pair) -> bool:
    if not (pair.before and pair.after):
        return True
    one, other = pair.before.judged.rule, pair.after.judged.rule
    return one.name != other.name or bool(edits_of(one, other))


def _change(pair: Pair, findings: Mapping[int, Sequence[Finding]], after: Seen) -> Change:
    if pair.after is None:
        assert pair.before is not None
        still = still_watched(pair.before, after.plan) if pair.before.judged.rule.alert is not None else ()
        return Change("removed", pair.before, None, still=still)
    here = tuple(findings.get(pair.after.judged.rule.id, ()))
    if pair.before is None:
        return Change("added", None, pair.after, findings=here)
    one, other = pair.before.judged.rule, pair.after.judged.rule
    return Change("changed", pair.before, pair.after, edits_of(one, other), one.name != other.name, here)
