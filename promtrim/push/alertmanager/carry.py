"""Carries silences out, one step at a time. Stopped between any two steps, the next push ends what this one began.

New silences are there and active before old ones go, so that what is silenced stays so; no kept alert is ever silenced.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from promtrim.errors import RemoteError
from promtrim.http import Client, wait_for
from promtrim.http.waiting import pause
from promtrim.push.alertmanager import api
from promtrim.push.alertmanager.api import Matcher, Silence
from promtrim.push.alertmanager.silences import CREATED_BY, NEAR, Change, is_own
from promtrim.push.steps import Step

ACTIVE_WITHIN = 10.0
"""Seconds in which a new silence must become active."""
_BACK = timedelta(minutes=5)
"""How far in the past a silence is asked to begin: the server makes it now, by its own clock."""
_WORDS = {"create": "create", "change": "extend or change", "keep": "leave", "expire": "expire"}


def text_of(change: Change) -> str:
    """A change in words, for a person."""
    return f"{_WORDS[change.kind]} silence {matchers_text(change.matchers)}"


def matchers_text(matchers: Sequence[Matcher]) -> str:
    return "{" + ", ".join(str(each) for each in matchers) + "}"


def carry_out(client: Client, changes: Sequence[Change], ends: datetime) -> Iterator[Step]:
    """Make the changes in their order, telling each when it is done; the caller may stop between any two.

    What fails is told and does not stop the others, save that nothing is expired when a new silence did not come up.
    """
    complete = True
    for change in changes:
        text = text_of(change)
        if change.kind == "keep":
            yield Step("same", text)
            continue
        if change.kind == "expire" and not complete:
            yield Step("failed", text, "a new silence is missing, so this one stays until the next push")
            continue
        try:
            if change.kind == "create":
                _create(client, change, ends)
            elif change.kind == "change":
                assert change.silence is not None
                _change(client, change, change.silence, ends)
            else:
                assert change.silence is not None
                api.expire_silence(client, change.silence.id)
        except RemoteError as error:
            complete = False
            yield Step("failed", text, str(error))
        else:
            yield Step("done", text)


def _create(client: Client, change: Change, ends: datetime) -> None:
    """A new silence, once: where an answer was lost, what is there counts."""
    attempt = 0
    while True:
        try:
            id_ = api.post_silence(client, change.matchers, _now() - _BACK, ends, change.comment, CREATED_BY)
            break
        except RemoteError as error:
            if attempt >= client.server.retries or 0 < error.status < 500:
                raise
            time.sleep(pause(attempt))
            attempt += 1
            twin = next((each.id for each in api.silences(client) if _is(each, change)), None)
            if twin is not None:
                id_ = twin
                break
    _await_active(client, id_)


def _change(client: Client, change: Change, silence: Silence, ends: datetime) -> None:
    """The same silence with another end or comment: Alertmanager keeps its id where the matchers stay."""
    id_ = api.post_silence(
        client, change.matchers, silence.starts_at, ends, change.comment, CREATED_BY, silence.id
    )
    _await_active(client, id_)


def _await_active(client: Client, id_: str) -> None:
    def active() -> bool:
        return any(each.id == id_ and each.status.state == "active" for each in api.silences(client))

    if not wait_for(active, ACTIVE_WITHIN):
        raise RemoteError("the silence does not become active, compare the clocks", client.server.url)


def _is(silence: Silence, change: Change) -> bool:
    return silence.key == change.matchers and silence.comment == change.comment and silence.created_by == CREATED_BY


def differences(client: Client, wanted: Sequence[tuple[Matcher, ...]], ends: datetime, scope: str) -> list[str]:
    """What is not as it should be after all steps, in words."""
    own = [each for each in api.silences(client) if is_own(each, scope)]
    wrong = []
    for key in wanted:
        there = [each for each in own if each.key == key and each.status.state == "active"]
        if not there:
            wrong.append(f"there is no active silence {matchers_text(key)}")
        elif max(each.ends_at for each in there) < ends - NEAR:
            wrong.append(f"the silence {matchers_text(key)} ends too early")
    wrong += [f"the silence {matchers_text(each.key)} is still there" for each in own if each.key not in wanted]
    return wrong


def _now() -> datetime:
    return datetime.now(timezone.utc)
