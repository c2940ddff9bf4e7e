"""Which silences there should be, which there are, and the steps between. Pure: what runs is handed in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

from promtrim.alertmanager.labels import may_be
from promtrim.alertmanager.reach import Sides
from promtrim.alertmanager.routing import fits, having
from promtrim.alertmanager.sent import Sent
from promtrim.alertmanager.trim import inhibition_text
from promtrim.plan.coverage import is_blind
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Node
from promtrim.push.alertmanager.api import Alert, Matcher, Silence
from promtrim.push.alertmanager.matchers import Indistinct, matchers_for
from promtrim.stack.alertmanager_config import AlertmanagerConfig

CREATED_BY = "promtrim"
_PLAN = re.compile(r"[0-9a-f]{12}\)")
NEAR = timedelta(minutes=2)
"""Ends that differ by less are the same: two runs of one push ask for ends that lie apart by the time between them."""


class Wanted(msgspec.Struct, frozen=True):
    """A silence that there should be."""

    matchers: tuple[Matcher, ...]
    alerts: tuple[Sent, ...]
    """The dropped alerts that it is for."""
    reason: str


class Refused(msgspec.Struct, frozen=True):
    """A dropped alert that is not silenced, and why."""

    alert: str
    file: str
    line: int
    why: str


class Change(msgspec.Struct, frozen=True):
    """One step on the way to the wanted silences."""

    kind: Literal["create", "change", "keep", "expire"]
    matchers: tuple[Matcher, ...]
    comment: str = ""
    silence: Silence | None = None


def comment_of(wanted: Wanted, plan: str, scope: str) -> str:
    """A silence's comment: the reason, and whose it is."""
    return f"{wanted.reason} ({mark_of(scope)}, plan {plan})"


def mark_of(scope: str) -> str:
    return f"promtrim push, scope {scope}"


def is_own(silence: Silence, scope: str) -> bool:
    """Whether a silence was made by a push of this scope."""
    _, mark, after = silence.comment.rpartition(f" ({mark_of(scope)}, plan ")
    return silence.created_by == CREATED_BY and bool(mark) and _PLAN.fullmatch(after) is not None


def want(
    dropped: Sequence[Sent], kept: Sequence[Sent], config: AlertmanagerConfig, external: Mapping[str, str]
) -> tuple[list[Wanted], list[Refused]]:
    """The silences for a plan's dropped alerts that can fire.

    Blind spots are never silenced: they cannot fire now, and must be heard on the day that they can.

    Args:
        config: the running one; a silenced alert still inhibits, so none is silenced that may inhibit a kept one.
        external: labels that the sender adds to all its alerts.
    """
    kept = [*kept, *(each for each in dropped if each.decided is not None and is_blind(each.decided))]
    by_name: dict[str | None, list[Sent]] = {}
    for each in kept:  # None: relabelling may change its name
        by_name.setdefault(each.labels.get("alertname").fixed, []).append(each)
    found: dict[tuple[Matcher, ...], list[Sent]] = {}
    refused: list[Refused] = []
    for sent in dropped:
        assert sent.decided is not None
        judged = sent.decided.judged
        if judged.verdict == "cannot-fire":
            continue
        if why := _inhibiting(sent, kept, config):
            refused.append(_refused(sent, why))
            continue
        matchers = matchers_for(sent, [*by_name.get(sent.name, ()), *by_name.get(None, ())], external)
        if isinstance(matchers, Indistinct):
            refused.append(_refused(sent, f"its labels cannot be told from those of {_named(matchers.kept)}"))
        else:
            found.setdefault(matchers, []).append(sent)
    return [Wanted(matchers, tuple(sent), _reason(sent)) for matchers, sent in found.items()], refused


def _reason(sent: Sequence[Sent]) -> str:
    reasons = dict.fromkeys(each.decided.reason.text for each in sent if each.decided is not None)
    return "; ".join(reasons)[:300]


def _refused(sent: Sent, why: str) -> Refused:
    return Refused(sent.name, sent.file, sent.line, why)


def _named(sent: Sent) -> str:
    what = "the kept" if sent.decided is None or sent.decided.keep else "the blind spot"
    return f"{what} {sent.name} ({sent.file}:{sent.line})"


def _inhibiting(sent: Sent, kept: Sequence[Sent], config: AlertmanagerConfig) -> str:
    for rule in config.inhibitions:
        side = Sides(rule, [sent.labels])
        for other in kept if side.possible else ():
            if next(side.sources_of(other.labels), None) is not None:
                return (
                    f"a silenced alert still inhibits, and this one may hide {_named(other)} "
                    f"({inhibition_text(rule)})"
                )
    return ""


def outsiders(wanted: Wanted, firing: Sequence[Alert], kept: Sequence[Sent], dropped: Sequence[Sent]) -> list[Alert]:
    """Alerts that fire now, that a silence would mute, and that are not of the dropped rules it is for."""
    conditions = [matcher.condition for matcher in wanted.matchers]
    muted = [each for each in firing if fits(conditions, having(each.labels, closed=True)) != "no"]
    ours = [each for each in dropped if each.name == wanted.alerts[0].name]
    return [each for each in muted if not _is_of(each, ours) or any(may_be(other.labels, each.labels) for other in kept)]


def _is_of(alert: Alert, those: Sequence[Sent]) -> bool:
    """Whether an alert may be one of these: by its labels, and by the expression in its link where there is one."""
    expression = _expression(alert.generator_url)
    for sent in those:
        if not may_be(sent.labels, alert.labels):
            continue
        own = _parsed(sent.decided.judged.rule.expr) if sent.decided is not None else None
        if expression is None or own is None or expression == own:
            return True
    return False


def _expression(url: str) -> Node | None:
    """The expression that Prometheus puts into an alert's link."""
    try:
        found = parse_qs(urlsplit(url).query).get("g0.expr", [])
    except ValueError:
        return None
    return _parsed(found[0]) if len(found) == 1 else None


def _parsed(text: str) -> Node | None:
    try:
        return parse(text)
    except (ExpressionError, RecursionError):
        return None


def changes(
    wanted: Sequence[Wanted], present: Sequence[Silence], ends: datetime, plan: str, scope: str
) -> list[Change]:
    """From the silences that there are to those that there should be: new ones first, then changed, then expired.

    Args:
        present: all that live, other people's among them: they are left alone.
        ends: when the wanted ones shall end.
    """
    own = sorted((each for each in present if is_own(each, scope)), key=lambda each: each.ends_at, reverse=True)
    by_key: dict[tuple[Matcher, ...], list[Silence]] = {}
    for silence in own:
        by_key.setdefault(silence.key, []).append(silence)
    create: list[Change] = []
    change: list[Change] = []
    expire: list[Change] = []
    for each in wanted:
        comment = comment_of(each, plan, scope)
        there = by_key.pop(each.matchers, [])
        if not there:
            create.append(Change("create", each.matchers, comment))
            continue
        first, *more = there
        same = first.comment == comment and abs(first.ends_at - ends) < NEAR and first.status.state == "active"
        change.append(Change("keep" if same else "change", each.matchers, comment, first))
        expire += [Change("expire", silence.key, silence.comment, silence) for silence in more]
    expire += [Change("expire", key, each.comment, each) for key, those in by_key.items() for each in those]
    return [*create, *change, *expire]
