"""``alertmanager.yml`` as values: routes, receivers, inhibition. Reading only; routing alerts is not done here."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.manifests import items, problem, text, texts
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlMap, read_all

MAX_BYTES = 16 << 20
_MAX_DEPTH = 60


class Condition(msgspec.Struct, frozen=True):
    """One matcher of a route or an inhibition rule."""

    label: str
    operator: str
    """``=``, ``!=``, ``=~``, ``!~``; regular expressions are anchored. ``?``: what stands there is no matcher."""
    value: str


class Integration(msgspec.Struct, frozen=True):
    """One way of a receiver to reach somebody."""

    kind: str
    """``slack``, ``email``, ``webhook``, ...: what stands before ``_configs``."""
    data: YamlMap
    place: Place


class Receiver(msgspec.Struct, frozen=True):
    name: str
    integrations: tuple[Integration, ...]
    """Empty: it reaches nobody."""
    place: Place


class Route(msgspec.Struct, frozen=True):
    receiver: str
    """Its own or what it inherits."""
    conditions: tuple[Condition, ...]
    goes_on: bool
    """``continue: true``."""
    routes: tuple[Route, ...]
    place: Place
    intervals: tuple[str, ...] = ()
    """Names of the time intervals that mute or limit it."""

    @property
    def muted(self) -> bool:
        """Whether time intervals mute or limit it."""
        return bool(self.intervals)


class Inhibition(msgspec.Struct, frozen=True):
    source: tuple[Condition, ...]
    target: tuple[Condition, ...]
    equal: tuple[str, ...]
    place: Place


class AlertmanagerConfig(msgspec.Struct, frozen=True):
    """What one ``alertmanager.yml`` says."""

    file: str
    route: Route | None
    receivers: dict[str, Receiver]
    inhibitions: tuple[Inhibition, ...]
    general: YamlMap
    """The ``global`` section: defaults of the integrations."""
    problems: tuple[Problem, ...]


def read_alertmanager_config(path: str) -> AlertmanagerConfig:
    """Read a configuration file.

    Raises:
        InputError: it cannot be read, or is no mapping.
    """
    return parse_alertmanager_config(read_source(path, MAX_BYTES).text, path)


def parse_alertmanager_config(source: str, file: str, lines_before: int = 0) -> AlertmanagerConfig:
    """As :func:`read_alertmanager_config`, from text; ``lines_before`` where it stands inside another file."""
    documents = read_all("\n" * lines_before + source, file)
    data = documents[0][1] if documents else YamlMap(Place(file, 1, 1))
    if not isinstance(data, YamlMap):
        raise InputError("an Alertmanager configuration is a mapping (route: ..., receivers: ...)", file, 1, 1)
    return alertmanager_config_of(data, file)


def alertmanager_config_of(data: YamlMap, file: str) -> AlertmanagerConfig:
    """A configuration from its values, wherever they stand in a file."""
    problems: list[Problem] = []
    receivers: dict[str, Receiver] = {}
    for entry in items(data.get("receivers")):
        if isinstance(entry, YamlMap):
            receiver = _receiver(entry)
            if receiver.name in receivers:
                said = f"the receiver {receiver.name!r} stands twice: Alertmanager does not start with it"
                problems.append(problem("alertmanager-cannot-start", said, receiver.place))
            receivers[receiver.name] = receiver
    root = data.get("route")
    route = _route(root, "", 0) if isinstance(root, YamlMap) else None
    if route is None or not route.receiver:
        said = "there is no route with a receiver: Alertmanager does not start"
        problems.append(problem("alertmanager-cannot-start", said, data.at("route")))
    for each in routes(route):
        for condition in each.conditions:
            if condition.operator == "?":
                said = f"{condition.label!r} is no matcher (write name=\"value\"): Alertmanager does not start"
                problems.append(problem("alertmanager-cannot-start", said, each.place))
        if each.receiver and each.receiver not in receivers:
            said = f"there is no receiver {each.receiver!r}: Alertmanager does not start"
            problems.append(problem("alertmanager-cannot-start", said, each.place))
    general = data.get("global")
    return AlertmanagerConfig(
        file=file,
        route=route,
        receivers=receivers,
        inhibitions=tuple(_inhibition(each) for each in items(data.get("inhibit_rules")) if isinstance(each, YamlMap)),
        general=general if isinstance(general, YamlMap) else YamlMap(data.place),
        problems=tuple(problems),
    )


def looks_like_alertmanager(data: Any) -> bool:
    """Whether a YAML value is an Alertmanager configuration rather than something else."""
    return isinstance(data, dict) and isinstance(data.get("route"), dict) and isinstance(data.get("receivers"), list)


def routes(route: Route | None) -> list[Route]:
    """A route and all below it, in the order of the file."""
    if route is None:
        return []
    return [route, *(inner for each in route.routes for inner in routes(each))]


def _receiver(entry: YamlMap) -> Receiver:
    integrations = [
        Integration(re.sub(r"_configs$", "", key), each, each.place)
        for key, value in entry.items()
        if key.endswith("_configs")
        for each in items(value)
        if isinstance(each, YamlMap)
    ]
    return Receiver(text(entry.get("name")), tuple(integrations), entry.at("name"))


def _route(entry: YamlMap, inherited: str, depth: int) -> Route:
    receiver = text(entry.get("receiver")) or inherited
    inner = items(entry.get("routes")) if depth < _MAX_DEPTH else []
    return Route(
        receiver=receiver,
        conditions=conditions(entry, "match", "match_re", "matchers"),
        goes_on=entry.get("continue") is True,
        routes=tuple(_route(each, receiver, depth + 1) for each in inner if isinstance(each, YamlMap)),
        place=entry.at("receiver") if "receiver" in entry else entry.place,
        intervals=tuple(
            text(each)
            for key in ("mute_time_intervals", "active_time_intervals")
            for each in items(entry.get(key))
        ),
    )


def _inhibition(entry: YamlMap) -> Inhibition:
    return Inhibition(
        source=conditions(entry, "source_match", "source_match_re", "source_matchers"),
        target=conditions(entry, "target_match", "target_match_re", "target_matchers"),
        equal=tuple(text(each) for each in items(entry.get("equal"))),
        place=entry.place,
    )


def conditions(entry: YamlMap, equal: str, regex: str, matchers: str) -> tuple[Condition, ...]:
    """Matchers in their old form (``match``, ``match_re``) and their new one, together."""
    found = [Condition(label, "=", value) for label, value in texts(entry.get(equal)).items()]
    found += [Condition(label, "=~", value) for label, value in texts(entry.get(regex)).items()]
    listed = entry.get(matchers)
    for each in items(listed) if not isinstance(listed, str) else [listed]:
        found += _matchers(text(each))
    return tuple(found)


_MATCHER = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|[^\s=!~,{}"]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,{}"\s](?:[^,{}"]*[^,{}"\s])?|)\s*(?:,\s*|$)"""
)


def _matchers(source: str) -> list[Condition]:
    """``a="b", c=~d`` with or without braces (https://prometheus.io/docs/alerting/latest/configuration/#matcher).

    What cannot be read becomes a condition ``?``: it may hold or not.
    """
    inner = source.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    found: list[Condition] = []
    here = 0
    while here < len(inner):
        match = _MATCHER.match(inner, here)
        if match is None or match.end() == here:
            return [*found, Condition(inner[here:].strip(), "?", "")]
        found.append(Condition(_unquote(match[1]), match[2], _unquote(match[3])))
        here = match.end()
    return found


def _unquote(word: str) -> str:
    if len(word) >= 2 and word[0] == word[-1] == '"':
        return re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), word[1:-1])
    return word
