"""One service of a compose file: image, ports, networks, mounts, how many, and whether it starts by default."""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

import msgspec

from promtrim.stack.compose.merge import named_entries, target_of
from promtrim.stack.containers import Build, Container, HealthCheck, Mount, Port, Variable
from promtrim.stack.manifests import at, integer, items, text, texts
from promtrim.yamltext.located import Place, YamlList, YamlMap

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
    extra_hosts: dict[str, str] = {}
    """Host names that it knows by itself, to their address (``host-gateway``: the machine)."""
    links: dict[str, str] = {}
    """Names by which it alone knows other services."""
    swarm: bool = False
    """Placed by a swarm: constraints, or one per node."""


def read_service(name: str, data: YamlMap, place: Place, folder: str, configs: Any) -> Service:
    """A service as its data says, after merging.

    Args:
        folder: of the first compose file; paths are relative to it.
        configs: the section ``configs`` of the project.
    """
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
        container=_container(name, data, place, folder, configs),
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
        extra_hosts=_extra_hosts(data.get("extra_hosts")),
        links=_links(data.get("links")),
        swarm=text(at(deploy, "mode")) == "global" or bool(at(deploy, "placement")),
    )


def _extra_hosts(value: Any) -> dict[str, str]:
    """``name:address``, ``name=address`` or a mapping."""
    if isinstance(value, dict):
        return {name: text(each) for name, each in named_entries(value).items()}
    pairs = (re.split(r"[:=]", text(each), maxsplit=1) for each in items(value))
    return {pair[0]: pair[1].strip("[]") for pair in pairs if len(pair) == 2}


def _links(value: Any) -> dict[str, str]:
    pairs = (text(each).partition(":") for each in items(value))
    return {alias or service: service for service, _, alias in pairs}


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


def _container(name: str, data: YamlMap, place: Place, folder: str, configs: Any) -> Container:
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
        mounts=tuple(_mounts(data, folder, configs, place)),
        memory_limit=text(limit) or None,
        open_settings=bool(data.get("env_file")),
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


def _mounts(data: YamlMap, folder: str, configs: Any, place: Place) -> list[Mount]:
    found = []
    volumes = data.get("volumes")
    for index, entry in enumerate(items(volumes)):
        here = volumes.at(index) if isinstance(volumes, YamlList) else place
        if isinstance(entry, dict):
            source, target, kind = text(entry.get("source")), text(entry.get("target")), text(entry.get("type"))
        else:
            parts = text(entry).split(":")
            target = target_of(entry)
            source = parts[0] if len(parts) > 1 else ""
            kind = "bind" if source.startswith((".", "/", "~")) else "volume"
        if kind == "bind":
            found.append(Mount(os.path.normpath(os.path.join(folder, source)), target, "host", place=here))
        else:
            found.append(Mount(source, target, "volume" if kind == "volume" else "other", place=here))
    return found + [_held(entry, configs, folder, place) for entry in items(data.get("configs"))]


def _held(entry: Any, configs: Any, folder: str, place: Place) -> Mount:
    """A file that the ``configs`` section holds."""
    name = text(at(entry, "source")) or text(entry)
    target = text(at(entry, "target")) or f"/{name}"
    file = text(at(configs, name, "file"))
    if file:
        return Mount(os.path.normpath(os.path.join(folder, file)), target, "host", place=place)
    return Mount(f"config:{name}", target, "other", place=place)
