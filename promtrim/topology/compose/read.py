"""Compose files to services: images, ports, networks, mounts, how many, and whether they start by default."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.topology.compose.merge import expand, merge, named_entries, target_of
from promtrim.topology.containers import Build, Container, HealthCheck, Mount, Port, Variable
from promtrim.topology.kustomize.patch import copy
from promtrim.topology.located import Place, YamlList, YamlMap, read_all
from promtrim.topology.manifests import at, integer, items, problem, problem_of, text, texts
from promtrim.yamltext import read_source

MAX_BYTES = 16 << 20
_MAX_INCLUDES = 20
_URL = re.compile(r"(https?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d+))?(/[^\s'\"|;&)]*)?")


class Published(msgspec.Struct, frozen=True):
    """A port on the host that leads into a container."""

    host: int | None
    """None where Docker chooses."""
    container: int
    address: str = ""
    """The host's address that it is bound to; "" all of them."""


class Service(msgspec.Struct, frozen=True):
    """One service of a stack."""

    name: str
    container: Container
    replicas: int | None
    """None: one per node of a swarm, or not to be told."""
    profiles: tuple[str, ...]
    """It starts only with one of these; empty: always."""
    networks: dict[str, tuple[str, ...]]
    """Networks to its aliases there; ``default`` where none is named."""
    network_mode: str
    names: tuple[str, ...]
    """All names that it answers to on its networks: service, container, host name."""
    published: tuple[Published, ...]
    depends_on: tuple[str, ...]
    labels: dict[str, str]
    place: Place
    replicas_place: Place
    swarm: bool = False
    """Placed by a swarm: constraints, or one per node."""


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
            services[name] = _service(name, data, place, folder)
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
    for name, place in unknown.items():
        said = f"the variable {name} is not set here: what depends on it is not known"
        problems.append(problem("unset-variable", said, place))
    _extend_all(data, file, variables, problems, depth)
    return _with_includes(data, file, variables, problems, depth)


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


def _service(name: str, data: YamlMap, place: Place, folder: str) -> Service:
    deploy = data.get("deploy")
    replicas: int | None = 1
    replicas_place = place
    for holder, key in ((data, "scale"), (deploy, "replicas")):
        if isinstance(holder, YamlMap) and key in holder:
            replicas, replicas_place = integer(holder[key]), holder.at(key)
    if text(at(deploy, "mode")) == "global":
        replicas = None
    names = [name, text(data.get("container_name")), text(data.get("hostname"))]
    networks = _networks(data)
    for aliases in networks.values():
        names += aliases
    return Service(
        name=name,
        container=_container(name, data, place, folder),
        replicas=replicas,
        profiles=tuple(text(each) for each in items(data.get("profiles"))),
        networks=networks,
        network_mode=text(data.get("network_mode")),
        names=tuple(dict.fromkeys(filter(None, names))),
        published=tuple(_published(data)),
        depends_on=tuple(named_entries(data.get("depends_on"))) if data.get("depends_on") else (),
        labels=texts(named_entries(data.get("labels"))) if data.get("labels") else {},
        place=place,
        replicas_place=replicas_place,
        swarm=text(at(deploy, "mode")) == "global" or bool(at(deploy, "placement")),
    )


def _networks(data: YamlMap) -> dict[str, tuple[str, ...]]:
    if data.get("network_mode"):
        return {}
    found = data.get("networks")
    if not found:
        return {"default": ()}
    return {
        network: tuple(text(each) for each in items(at(options, "aliases")))
        for network, options in named_entries(found).items()
    }


def _container(name: str, data: YamlMap, place: Place, folder: str) -> Container:
    ports = {port.container: Port(port.container) for port in _published(data)}
    for entry in items(data.get("expose")):
        if (number := integer(text(entry).partition("/")[0].partition("-")[0])) is not None:
            ports.setdefault(number, Port(number))
    limit = at(data, "deploy", "resources", "limits", "memory") or data.get("mem_limit")
    environment = named_entries(data.get("environment")) if data.get("environment") else YamlMap(place)
    return Container(
        name=name,
        image=text(data.get("image")),
        place=place,
        image_place=data.at("image") if "image" in data else place,
        command=(*_words(data.get("entrypoint")), *_words(data.get("command"))),
        ports=tuple(ports.values()),
        environment=tuple(
            Variable(key, None if value is None else text(value), environment.at(key)) for key, value in environment.items()
        ),
        health=tuple(_health(data)),
        mounts=tuple(_mounts(data, folder)),
        memory_limit=text(limit) or None,
        build=_build(data.get("build"), folder),
    )


def _build(value: Any, folder: str) -> Build | None:
    if not value:
        return None
    context = text(at(value, "context")) or (text(value) if isinstance(value, str) else ".")
    local = "://" not in context and not context.startswith("git@") and "$" not in context
    path = os.path.normpath(os.path.join(folder, context)) if local else ""
    dockerfile = os.path.join(path, text(at(value, "dockerfile")) or "Dockerfile")
    more = any(at(value, key) for key in ("additional_contexts", "dockerfile_inline"))
    return Build(path, dockerfile, more or "$" in dockerfile)


def _words(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text(each) for each in value]
    try:
        return shlex.split(text(value))
    except ValueError:
        return text(value).split()


def _published(data: YamlMap) -> list[Published]:
    found = []
    for entry in items(data.get("ports")):
        if isinstance(entry, dict):
            target = integer(entry.get("target"))
            if target is not None:
                found.append(Published(integer(entry.get("published")), target, text(entry.get("host_ip"))))
            continue
        found += _port_text(text(entry))
    return found


def _port_text(entry: str) -> list[Published]:
    """``[[address:]host:]container[/protocol]``, each side a number or a range."""
    spec = entry.partition("/")[0]
    left, colon, right = spec.rpartition(":")
    address, _, host = left.rpartition(":")
    inside = _range(right)
    outside = _range(host if colon else "")
    return [
        Published(outside[index] if index < len(outside) else None, port, address.strip("[]"))
        for index, port in enumerate(inside)
    ]


def _range(spec: str) -> list[int]:
    first, dash, last = spec.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        return []
    low, high = int(first), int(last) if dash else int(first)
    return list(range(low, min(high, low + 999) + 1)) if low <= high < 65536 else []


def _health(data: YamlMap) -> list[HealthCheck]:
    check = data.get("healthcheck")
    test = at(check, "test")
    words = " ".join(text(each) for each in test) if isinstance(test, list) else text(test)
    match = _URL.search(words)
    if match is None or not isinstance(check, YamlMap):
        return []
    port = int(match[2]) if match[2] else 443 if match[1] == "https" else 80
    return [HealthCheck(match[3] or "/", port, match[1], check.at("test"))]


def _mounts(data: YamlMap, folder: str) -> list[Mount]:
    found = []
    volumes = data.get("volumes")
    for index, entry in enumerate(items(volumes)):
        place = volumes.at(index) if isinstance(volumes, YamlList) else None
        if isinstance(entry, dict):
            source, target, kind = text(entry.get("source")), text(entry.get("target")), text(entry.get("type"))
        else:
            parts = text(entry).split(":")
            target = target_of(entry)
            source = parts[0] if len(parts) > 1 else ""
            kind = "bind" if source.startswith((".", "/", "~")) else "volume"
        if kind == "bind":
            found.append(Mount(os.path.normpath(os.path.join(folder, source)), target, "host", place=place))
        else:
            found.append(Mount(source, target, "volume" if kind == "volume" else "other", place=place))
    configs = [entry for entry in items(data.get("configs")) if isinstance(entry, dict)]
    return found + [Mount(f"config:{text(each.get('source'))}", text(each.get("target")), "other") for each in configs]
