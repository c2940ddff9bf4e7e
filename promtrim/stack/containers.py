"""What a container is, wherever it was found: image, command, environment, ports. Values shared by the readers."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from typing import Literal

import msgspec

from promtrim.yamltext.located import Place


class Port(msgspec.Struct, frozen=True):
    """A port that a container serves."""

    number: int
    name: str = ""
    protocol: str = "TCP"


class Variable(msgspec.Struct, frozen=True):
    """An environment variable."""

    name: str
    value: str | None
    """None where it comes from a secret, or from something that is not here."""
    place: Place


class HealthCheck(msgspec.Struct, frozen=True):
    """Where a container says over HTTP that it is well."""

    path: str
    port: int | str
    scheme: str
    place: Place


class Mount(msgspec.Struct, frozen=True):
    """Something that a container sees as a file or folder."""

    source: str
    """A path on the host, a volume's name, or ``configmap:NAME``; "" where it is not known."""
    target: str
    kind: Literal["host", "volume", "configmap", "secret", "other"]
    sub_path: str = ""
    place: Place | None = None


class Build(msgspec.Struct, frozen=True):
    """From what an image is built here."""

    context: str
    """The folder whose files it may copy; "" where that is not on this machine."""
    dockerfile: str
    more: bool = False
    """Whether it may take files from elsewhere too."""


class Container(msgspec.Struct, frozen=True):
    """One container of a workload."""

    name: str
    image: str
    """"" where it is built here."""
    place: Place
    image_place: Place
    command: tuple[str, ...] = ()
    """Entry point and arguments."""
    ports: tuple[Port, ...] = ()
    """Ports that it declares; it may serve others."""
    environment: tuple[Variable, ...] = ()
    health: tuple[HealthCheck, ...] = ()
    mounts: tuple[Mount, ...] = ()
    memory_limit: str | None = None
    open_settings: bool = False
    """Whether its environment comes from files that are not here."""
    build: Build | None = None
    """None where the image comes from a registry."""


def mounted_as(container: Container, file: str) -> Iterator[tuple[str, Mount]]:
    """Where a file of this machine stands in a container, and the mount that puts it there."""
    real = os.path.realpath(file)
    for mount in container.mounts:
        if mount.kind != "host":
            continue
        source = os.path.realpath(mount.source)
        if real == source:
            yield mount.target, mount
        elif real.startswith(source.rstrip("/") + "/"):
            yield posixpath.join(mount.target, os.path.relpath(real, source)), mount
