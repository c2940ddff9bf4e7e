"""Compose files to one project: several laid over each other, what they include and extend, variables of ``.env``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.compose.merge import expand, merge
from promtrim.stack.compose.services import Service, read_service
from promtrim.stack.kustomize.patch import copy
from promtrim.stack.manifests import at, items, problem, problem_of, text
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlMap, read_all

MAX_BYTES = 16 << 20
_MAX_INCLUDES = 20


class Stack(msgspec.Struct, frozen=True):
    """What one set of compose files starts."""

    files: tuple[str, ...]
    folder: str
    """Paths in the files are relative to it."""
    services: dict[str, Service]
    volume_drivers: dict[str, str]
    external_networks: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_compose(files: Sequence[str], environment: Mapping[str, str] | None = None) -> Stack:
    """Read compose files as one project: each is laid over those before it.

    Args:
        environment: variables; those of an ``.env`` beside the first file count where it does not name them.

    Raises:
        InputError: a file cannot be read, or is no compose file.
    """
    problems: list[Problem] = []
    folder = os.path.dirname(files[0])
    variables = {**_env_file(os.path.join(folder, ".env")), **(environment or {})}
    whole = YamlMap(Place(files[0], 1, 1))
    for file in files:
        merge(whole, _load(file, variables, problems, 0))
    services: dict[str, Service] = {}
    parts = whole.get("services")
    if parts is not None and not isinstance(parts, YamlMap):
        place = whole.at("services")
        raise InputError("services must be a mapping of names to services", place.file, place.line, place.column)
    for name, data in (parts or {}).items():
        place = parts.at(name) if isinstance(parts, YamlMap) else whole.place
        if isinstance(data, YamlMap):
            services[name] = read_service(name, data, place, folder, whole.get("configs"))
        else:
            problems.append(problem("bad-service", f"the service {name} is no mapping: it is left out", place))
    volumes = whole.get("volumes")
    networks = whole.get("networks")
    return Stack(
        files=tuple(files),
        folder=folder,
        services=services,
        volume_drivers={
            name: text(at(value, "driver")) or "local"
            for name, value in (volumes.items() if isinstance(volumes, dict) else ())
        },
        external_networks=tuple(
            name for name, value in (networks.items() if isinstance(networks, dict) else ()) if at(value, "external")
        ),
        problems=tuple(problems),
    )


def _load(file: str, variables: Mapping[str, str], problems: list[Problem], depth: int) -> YamlMap:
    """One file with what it includes and extends, variables expanded."""
    documents = read_all(read_source(file, MAX_BYTES).text, file)
    if not documents:
        return YamlMap(Place(file, 1, 1))
    data = documents[0][1]
    if not isinstance(data, YamlMap) or not _is_compose(data):
        raise InputError("this is no compose file: it has no services", file, 1, 1)
    if "services" not in data and "include" not in data and data.keys() - _TOP:
        # Compose's first format had the services at the top.
        old, data = data, YamlMap(data.place)
        data.put("services", old, old.place)
    data = copy(data)
    unknown: dict[str, Place] = {}
    expand(data, variables, unknown, data.place)
    if unknown:
        problems.append(_unset(unknown))
    _extend_all(data, file, variables, problems, depth)
    return _with_includes(data, file, variables, problems, depth)


MOST_NAMES = 5


def _unset(unknown: Mapping[str, Place]) -> Problem:
    """One word on all variables of a file that nothing sets here: their values are seldom in a repository."""
    names = list(unknown)
    more = len(names) - MOST_NAMES
    listed = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    said = f"the variable {listed} is" if len(names) == 1 else f"the variables {listed} are"
    return problem("unset-variable", f"{said} not set here: what depends on it is not known", unknown[names[0]])


_TOP = frozenset({"version", "name", "networks", "volumes", "configs", "secrets"})


def _is_compose(data: YamlMap) -> bool:
    if "services" in data or "include" in data or not data.keys() - _TOP:
        return True
    return any(isinstance(each, YamlMap) and ("image" in each or "build" in each) for each in data.values())


def _with_includes(data: YamlMap, file: str, variables: Mapping[str, str], problems: list[Problem], depth: int) -> YamlMap:
    whole = YamlMap(data.place)
    for entry in items(data.get("include")):
        for path in items(at(entry, "path")) or [at(entry, "path") or entry]:
            inner = os.path.normpath(os.path.join(os.path.dirname(file), text(path)))
            if depth >= _MAX_INCLUDES or not os.path.isfile(inner):
                said = f"the included {text(path)} is not here: what it starts is not known"
                problems.append(problem("compose-missing", said, data.at("include")))
                continue
            try:
                merge(whole, _load(inner, variables, problems, depth + 1))
            except InputError as error:
                problems.append(problem_of(error))
    merge(whole, data)
    return whole


def _extend_all(data: YamlMap, file: str, variables: Mapping[str, str], problems: list[Problem], depth: int) -> None:
    services = data.get("services")
    if not isinstance(services, YamlMap):
        return
    for name in list(services):
        _extend(name, services, file, variables, problems, (name,), depth)


def _extend(
    name: str, services: YamlMap, file: str, variables: Mapping[str, str], problems: list[Problem],
    above: tuple[str, ...], depth: int,
) -> None:  # fmt: skip
    """Put what a service extends below what it says itself."""
    service = services.get(name)
    if not isinstance(service, YamlMap) or (extends := service.pop("extends", None)) is None:
        return
    other = text(at(extends, "service")) or text(extends)
    path = text(at(extends, "file"))
    base: Any = None
    if path:
        inner = os.path.normpath(os.path.join(os.path.dirname(file), path))
        if depth < _MAX_INCLUDES and os.path.isfile(inner):
            try:
                base = at(_load(inner, variables, problems, depth + 1), "services", other)
            except InputError as error:
                problems.append(problem_of(error))
    elif other not in above:
        _extend(other, services, file, variables, problems, (*above, other), depth)
        base = services.get(other)
    if not isinstance(base, YamlMap):
        said = f"{name} extends {other}{f' of {path}' if path else ''}, which is not here"
        problems.append(problem("compose-missing", said, services.at(name)))
        return
    merged = copy(base)
    merged.pop("depends_on", None)
    merge(merged, service)
    services.put(name, merged, services.at(name))


def _env_file(path: str) -> dict[str, str]:
    try:
        lines = read_source(path, 1 << 20).text.splitlines()
    except InputError:
        return {}
    found = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("\"'")
    return found
