"""Alertmanager's API, version 2, as values: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from promtrim.errors import RemoteError
from promtrim.http import Client
from promtrim.stack.alertmanager_config import AlertmanagerConfig, Condition, parse_alertmanager_config

T = TypeVar("T")


class Matcher(msgspec.Struct, frozen=True, rename="camel", order=True):
    """One matcher of a silence."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    @property
    def condition(self) -> Condition:
        operator = ("=~" if self.is_regex else "=") if self.is_equal else ("!~" if self.is_regex else "!=")
        return Condition(self.name, operator, self.value)

    def __str__(self) -> str:
        condition = self.condition
        return f"{condition.label}{condition.operator}{quoted(condition.value)}"


class _State(msgspec.Struct):
    state: str


class Silence(msgspec.Struct, frozen=True, rename="camel"):
    """A silence as it is listed."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    status: _State

    @property
    def lives(self) -> bool:
        return self.status.state in ("active", "pending")

    @property
    def key(self) -> tuple[Matcher, ...]:
        """What two silences of the same meaning share."""
        return tuple(sorted(self.matchers))


class _Receiver(msgspec.Struct, frozen=True):
    name: str


class _AlertStatus(msgspec.Struct, frozen=True, rename="camel"):
    state: str
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """An alert as it is listed."""

    labels: dict[str, str]
    receivers: tuple[_Receiver, ...]
    status: _AlertStatus
    generator_url: str = msgspec.field(name="generatorURL", default="")
    fingerprint: str = ""


class Running(msgspec.Struct, frozen=True):
    """What an Alertmanager says of itself."""

    version: str
    config: AlertmanagerConfig


def quoted(value: str) -> str:
    """A value as matchers quote it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def running(client: Client) -> Running:
    """Version and configuration (its secrets hidden).

    Raises:
        RemoteError: no answer, or it is no Alertmanager with API version 2 (0.16 and later).
        InputError: its configuration cannot be read.
    """
    answer = client.get("/api/v2/status")
    try:
        version, text = answer["versionInfo"]["version"], answer["config"]["original"]
    except (KeyError, TypeError):
        raise RemoteError("this is no Alertmanager's answer, check the address", client.server.url) from None
    return Running(str(version), parse_alertmanager_config(str(text), f"{client.server.url} configuration"))


def silences(client: Client) -> list[Silence]:
    """The silences that are active or will be."""
    return [each for each in _converted(client, "/api/v2/silences", list[Silence]) if each.lives]


def alerts(client: Client, matchers: Iterable[Matcher] = ()) -> list[Alert]:
    """The alerts that fire, muted ones too; those that fit all matchers."""
    params = [("filter", str(matcher)) for matcher in matchers]
    return _converted(client, "/api/v2/alerts", list[Alert], params)


def post_silence(
    client: Client, matchers: Sequence[Matcher], starts: datetime, ends: datetime, comment: str, by: str, id_: str = ""
) -> str:
    """Create a silence, or change the one with this id. Returns its id.

    Not repeated by itself: a silence whose answer was lost may be there.
    """
    body: dict[str, Any] = {
        "matchers": msgspec.to_builtins(matchers), "startsAt": _text(starts), "endsAt": _text(ends),
        "createdBy": by, "comment": comment,
    }  # fmt: skip
    if id_:
        body["id"] = id_
    answer = client.send("POST", "/api/v2/silences", json=body, repeatable=bool(id_)).body
    try:
        return str(answer["silenceID"])
    except (KeyError, TypeError):
        raise RemoteError("it took a silence and gave no id for it, check the address", client.server.url) from None


def expire_silence(client: Client, id_: str) -> None:
    """End a silence; one that is gone is as good as ended."""
    client.send("DELETE", f"/api/v2/silence/{quote(id_, safe='')}", accept=(404,))


def post_alerts(client: Client, those: Sequence[dict[str, Any]]) -> None:
    """Send alerts; sending one twice is sending it once."""
    client.send("POST", "/api/v2/alerts", json=list(those), repeatable=True)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _converted(client: Client, path: str, kind: type[T], params: Any = None) -> T:
    try:
        return msgspec.convert(client.get(path, params), kind)
    except msgspec.ValidationError as error:
        raise RemoteError(f"its answer is not what the API documents ({error})", client.server.url + path) from None
