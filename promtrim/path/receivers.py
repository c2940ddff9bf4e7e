"""Whether a receiver of Alertmanager can reach anybody: what it sends to, and whether that is more than a placeholder.

What the fields mean: https://prometheus.io/docs/alerting/latest/configuration/. Nothing is sent to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from promtrim.detect.resolve import Surroundings, host_of, resolve
from promtrim.path.model import Said, said
from promtrim.stack.alertmanager_config import AlertmanagerConfig, Integration, Receiver
from promtrim.stack.manifests import at, text
from promtrim.yamltext.located import Place, YamlMap

Kind = Literal["url", "secret", "mail", "word"]


class Field(msgspec.Struct, frozen=True):
    """A setting without which an integration reaches nobody."""

    names: tuple[str, ...]
    """Any of them will do; ``NAME_file`` too."""
    general: tuple[str, ...] = ()
    """Where the integration does not say: in the ``global`` section."""
    kind: Kind = "secret"
    stops: bool = True
    """Whether Alertmanager does not start without it."""


_FIELDS: dict[str, tuple[Field, ...]] = {
    "slack": (Field(("api_url", "app_token"), ("slack_api_url", "slack_app_token"), "url"),),
    "webhook": (Field(("url",), kind="url"),),
    "discord": (Field(("webhook_url",), kind="url"),),
    "msteams": (Field(("webhook_url",), kind="url"),),
    "msteamsv2": (Field(("webhook_url",), kind="url"),),
    "email": (
        Field(("to",), kind="mail"),
        Field(("smarthost",), ("smtp_smarthost",), "word"),
        Field(("from",), ("smtp_from",), "word"),
        Field(("auth_password",), ("smtp_auth_password",), stops=False),
    ),
    "pagerduty": (Field(("routing_key", "service_key")),),
    "opsgenie": (Field(("api_key",), ("opsgenie_api_key",)),),
    "victorops": (Field(("api_key",), ("victorops_api_key",)), Field(("routing_key",))),
    "pushover": (Field(("user_key",)), Field(("token",))),
    "telegram": (Field(("bot_token",), ("telegram_bot_token",), stops=False), Field(("chat_id",), kind="word")),
    "webex": (Field(("room_id",), kind="word"),),
    "wechat": (Field(("api_secret",), ("wechat_api_secret",)),),
    "sns": (),
    "jira": (Field(("api_url",), ("jira_api_url",), "url"),),
    "rocketchat": (),
}
_OPTIONAL = frozenset({"auth_password", "smtp_auth_password"})
"""Where they are not there nothing is missing; where they are a placeholder nobody is reached."""

_VARIABLE = re.compile(
    r"\$\{[A-Za-z_][^}]*\}|\$[A-Z][A-Z0-9_]+|\$\([A-Z][A-Z0-9_]*\)|%[A-Z][A-Z0-9_]{2,}%"
    r"|\{\{\s*(?:getenv|env|\.Env|\.Values|lookup|vault)|<%=|__[A-Z][A-Z0-9_]+__|@@[A-Z_]+@@"
)
"""What a shell, Compose, Helm or a template would have filled in."""
_PLACEHOLDER = re.compile(
    r"(?<![a-z])your(?:[-_ ./]|domain|company|email|name|team|org|site|server|webhook|token|key|slack|host)"
    r"|change[-_ ]?me|replace[-_ ]?(?:me|with|this)|place[-_ ]?holder|example\.(?:com|org|net)"
    r"|\.example(?:$|[/:])|\bdummy|\btodo\b|fixme|<[a-z][^>]*>|\[[A-Z_ -]{4,}\]|insert[-_ ]"
    r"|(?:^|[/_.=-])x{3,}(?:$|[/_.=-])|xxxx|\bfake|not[-_]?set|\bT0{4,}|\bB0{4,}|/T/B/",
    re.IGNORECASE,
)
_HOST_AND_PORT = re.compile(r"(?:[^:\[\]]*|\[[^\]]*\]):[^:]+")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})


def judge_receiver(
    receiver: Receiver, config: AlertmanagerConfig, around: Surroundings | None, rendered: bool = False
) -> Said:
    """Whether a receiver reaches somebody: it does where one of its integrations does.

    Args:
        around: where Alertmanager runs, where that is known.
        rendered: whether something may fill in variables before Alertmanager reads the file.
    """
    if not receiver.integrations:
        return said("broken", f"the receiver {receiver.name!r} is empty: it tells nobody", receiver.place)
    answers = [judge_integration(each, config, around, rendered) for each in receiver.integrations]
    for mark in ("ok", "open"):
        for answer in answers:
            if answer.mark == mark:
                return answer
    return answers[0]


def judge_integration(
    integration: Integration, config: AlertmanagerConfig, around: Surroundings | None, rendered: bool = False
) -> Said:
    """Whether one integration reaches somebody."""
    fields = _FIELDS.get(integration.kind)
    if fields is None:
        return said("open", f"whether {integration.kind} reaches somebody is not known", integration.place)
    for field in fields:
        value, place = value_of(field, integration, config)
        if value is None:
            if place is None and field.names[0] not in _OPTIONAL:
                return said("broken", f"{integration.kind} has no {field.names[0]}: it reaches nobody", integration.place)
            continue
        if rendered and _VARIABLE.search(value):
            return said("open", f"{_short(value)} is filled in before Alertmanager reads it", place)
        wrong = wrong_with(value, field.kind, integration.kind)
        if wrong:
            return said("broken", wrong, place)
        if field.kind == "url" and (answer := _reach(value, place, around)) is not None:
            return answer
    return said("ok", f"{integration.kind} of {_name(integration)}", integration.place)


def value_of(field: Field, integration: Integration, config: AlertmanagerConfig) -> tuple[str | None, Place | None]:
    """A setting and its place; (None, a place) where it lies in a file, (None, None) where it is missing."""
    for data, names in ((integration.data, field.names), (config.general, field.general)):
        for name in names:
            if (value := data.get(name)) not in (None, ""):
                return text(value), data.at(name)
            if data.get(f"{name}_file"):
                return None, data.at(f"{name}_file")
    credentials = at(integration.data, "http_config", "authorization", "credentials")
    if integration.kind == "slack" and credentials:
        return None, integration.place
    return None, None


def wrong_with(value: str, kind: Kind, what: str) -> str:
    """What is wrong with a setting, in words; "" where nothing is."""
    if match := _VARIABLE.search(value):
        return f"{match[0]} stands there as it is: Alertmanager expands no variables, so {what} reaches nobody"
    if match := _PLACEHOLDER.search(value):
        return f"{_short(value)} is a placeholder ({match[0].strip('/_.=-') or match[0]}): {what} reaches nobody"
    if kind == "url" and not re.match(r"https?://[^/]", value):
        return f"{_short(value)} is no URL: Alertmanager does not start with it"
    if kind == "mail" and "@" not in value and "{{" not in value:
        return f"{_short(value)} is no mail address: {what} reaches nobody"
    return ""


def _reach(url: str, place: Place | None, around: Surroundings | None) -> Said | None:
    """Why nobody answers at an URL, as far as the surroundings tell; None where nothing speaks against it."""
    host = host_of(url)
    contained = around is not None and around.home is not None and getattr(around.home, "network_mode", "") != "host"
    if host in _LOCAL:
        if around is None or not contained:
            return said("open", f"{url} is the machine of Alertmanager itself", place)
        port = url.rpartition(":")[2].partition("/")[0]
        pods = getattr(around.home, "containers", ())
        if any(str(each.number) == port for container in pods for each in container.ports):
            return None
        return said("broken", f"{url} is the container of Alertmanager itself, where nobody listens", place)
    if around is not None and "." not in host:
        found = resolve(url, "http", around)
        if found.answers == "no" and found.service is None and found.pods is None:
            return said("broken", f"{url}: {found.because}", place)
    return None


def start_problems(config: AlertmanagerConfig) -> Iterator[tuple[str, Place]]:
    """What keeps Alertmanager from starting beside what reading the configuration has found."""
    seen: set[Place] = set()
    smarthost = text(config.general.get("smtp_smarthost"))
    if smarthost and not _HOST_AND_PORT.fullmatch(smarthost):
        yield (f"smtp_smarthost: {_short(smarthost)} is no host:port: Alertmanager does not start with it",
               config.general.at("smtp_smarthost"))  # fmt: skip
    for name in ("slack_api_url", "opsgenie_api_url", "victorops_api_url"):
        value = config.general.get(name)
        if value is not None and (wrong := _no_url(value)):
            seen.add(config.general.at(name))
            yield f"{name}: {wrong}: Alertmanager does not start with it", config.general.at(name)
    for receiver in config.receivers.values():
        for integration in receiver.integrations:
            for field in _FIELDS.get(integration.kind, ()):
                value, place = value_of(field, integration, config)
                if value is None and place is None and field.stops and field.names[0] not in _OPTIONAL:
                    yield (f"{integration.kind} of {receiver.name!r} has no {field.names[0]}: Alertmanager does not start",
                           integration.place)  # fmt: skip
                elif value is not None and place not in seen and field.kind == "url" and (wrong := _no_url(value)):
                    assert place is not None
                    seen.add(place)
                    yield f"{field.names[0]} of {receiver.name!r}: {wrong}: Alertmanager does not start with it", place


def _no_url(value: Any) -> str:
    word = text(value)
    return "" if re.match(r"https?://[^/]|<secret>", word) else f"{_short(word)} is no URL"


def is_outside(integration: Integration, config: AlertmanagerConfig) -> bool:
    """Whether an integration leaves the machines that are watched: to a service that others run."""
    for field in _FIELDS.get(integration.kind, ()):
        if field.kind == "url":
            value, _ = value_of(field, integration, config)
            return value is None or ("." in host_of(value) and host_of(value) not in _LOCAL)
    return True


def _name(integration: Integration) -> str:
    data: YamlMap = integration.data
    return text(data.get("channel")) or text(data.get("to")) or host_of(text(data.get("url"))) or "the receiver"


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "..."
