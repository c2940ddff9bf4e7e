"""A push to an Alertmanager from end to end: look, decide, tell, do, look again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from promtrim.alertmanager.sent import Sent
from promtrim.errors import RemoteError
from promtrim.http import Client
from promtrim.push.alertmanager import api, drill
from promtrim.push.alertmanager.api import Silence
from promtrim.push.alertmanager.carry import carry_out, differences, matchers_text, text_of
from promtrim.push.alertmanager.hearing import hearing
from promtrim.push.alertmanager.silences import Change, Refused, Wanted, changes, is_own, outsiders, want
from promtrim.push.steps import Outcome, Step
from promtrim.stack.alertmanager_config import AlertmanagerConfig

Go = Callable[[Outcome], bool]
"""Is shown what would be done, and says whether to do it."""
Tell = Callable[[Step], None]
"""Is told each step when it is done."""


class Wishes(msgspec.Struct, frozen=True):
    """What was asked for beside the plan."""

    ends: datetime
    """When the silences shall end, with a time zone."""
    scope: str = "default"
    """Tells the silences of several rule sets in one Alertmanager apart."""
    external: Mapping[str, str] = {}
    """Labels that the sending Prometheus adds to all its alerts."""
    drill: bool = False
    inhibiting: bool = False
    """Whether to drill also what would inhibit others."""


class Look(msgspec.Struct, frozen=True):
    """What was found, and what follows from it."""

    config: AlertmanagerConfig
    wanted: list[Wanted]
    refused: list[Refused]
    changes: list[Change]
    drills: list[drill.Drill]
    notes: list[Step]


def look(
    client: Client, kept: Sequence[Sent], dropped: Sequence[Sent], plan: str, wishes: Wishes
) -> Look:
    """Ask what runs, and work out the steps. Changes nothing.

    Raises:
        RemoteError: no answer, or not an Alertmanager's.
    """
    config = api.running(client).config
    present = api.silences(client)
    wanted, refused = want(dropped, kept, config, wishes.external)
    firing = api.alerts(client)
    allowed = []
    for each in wanted:
        strangers = outsiders(each, firing, kept, dropped)
        if strangers:
            refused += [_firing(each, sent, strangers[0].labels) for sent in each.alerts]
        else:
            allowed.append(each)
    steps = changes(allowed, present, wishes.ends, plan, wishes.scope)
    every = [*kept, *dropped]
    trials = drill.drills(kept, every, firing, config, plan) if wishes.drill else []
    others = [each for each in present if not is_own(each, wishes.scope)]
    notes = [] if all(each.sender_known for each in dropped) else [_UNKNOWN_SENDER]
    return Look(config, allowed, refused, steps, trials, [*notes, *hearing(kept, every, config, others)])


_UNKNOWN_SENDER = Step(
    "note",
    "the external labels of the Prometheus are not known",
    "so a silence may also mute another one's alert of the same name and labels: give --prometheus-config or --match",
)


def _firing(wanted: Wanted, sent: Sent, labels: Mapping[str, str]) -> Refused:
    shown = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    why = (
        f"the silence {matchers_text(wanted.matchers)} would also mute an alert that fires now and is not of this rule "
        f"({{{shown}}}); say what tells them apart with --match NAME=VALUE"
    )
    return Refused(sent.name, sent.file, sent.line, why)


def steps_of(found: Look) -> Iterator[Step]:
    """What would be done, in words."""
    for refused in found.refused:
        yield Step("refused", f"silence {refused.alert} ({refused.file}:{refused.line})", refused.why)
    for change in found.changes:
        yield Step("same" if change.kind == "keep" else "todo", text_of(change), change.comment)
    for trial in found.drills:
        hidden = f"would inhibit {', '.join(trial.would_inhibit[:5])}" if trial.would_inhibit else ""
        yield Step("todo", f"drill {trial.alert}", hidden)
    yield from found.notes


def push(
    client: Client, kept: Sequence[Sent], dropped: Sequence[Sent], plan: str, wishes: Wishes, go: Go, tell: Tell
) -> Outcome:
    """Silence what is dropped, and look who hears of what is kept.

    Args:
        plan: its id.
    """
    found = look(client, kept, dropped, plan, wishes)
    planned = tuple(steps_of(found))
    address = client.server.url
    intended = Outcome("alertmanager", address, plan, planned, True, dry=True)
    if not go(intended):
        return intended
    done = [step for step in planned if step.mark in ("refused", "note")]
    for step in _all_steps(client, found, wishes):
        tell(step)
        done.append(step)
    for text in _differences(client, [each.matchers for each in found.wanted], wishes):
        step = Step("failed", text)
        tell(step)
        done.append(step)
    return Outcome("alertmanager", address, plan, tuple(done), all(step.mark != "failed" for step in done))


def _all_steps(client: Client, found: Look, wishes: Wishes) -> Iterator[Step]:
    yield from carry_out(client, found.changes, wishes.ends)
    try:
        yield from drill.carry_out(client, found.drills, found.config, wishes.inhibiting)
    except RemoteError as error:
        yield Step("failed", "drill", str(error))


def _differences(client: Client, wanted: Sequence[tuple[api.Matcher, ...]], wishes: Wishes) -> list[str]:
    try:
        return differences(client, wanted, wishes.ends, wishes.scope)
    except RemoteError as error:
        return [f"whether all is as it should be is not known: {error}"]


def undo(client: Client, scope: str, go: Go, tell: Tell) -> Outcome:
    """Expire all silences of this scope."""
    own: list[Silence] = [each for each in api.silences(client) if is_own(each, scope)]
    steps = [Change("expire", each.key, each.comment, each) for each in own]
    planned = tuple(Step("todo", text_of(each), each.comment) for each in steps)
    address = client.server.url
    intended = Outcome("alertmanager", address, "", planned, True, dry=True)
    if not go(intended):
        return intended
    done = []
    for step in carry_out(client, steps, datetime.max):
        tell(step)
        done.append(step)
    left = _differences(client, [], Wishes(datetime.max, scope))
    done += [Step("failed", text) for text in left]
    return Outcome("alertmanager", address, "", tuple(done), all(step.mark != "failed" for step in done))
