"""Something to scrape, and what the functions that start servers and exporters share."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec
from processes import Process, Stage, free_port, program


class Source(msgspec.Struct, frozen=True):
    """Something to scrape."""

    url: str
    rulesets: tuple[str, ...]
    options: tuple[tuple[str, bool | str], ...] = ()
    """Of the first ruleset's exporter, where they are not its defaults."""
    typed: bool = True
    """Whether the answer states types as the exporter means them."""
    servers: tuple[Process, ...] = ()
    """What to stop to see how the exporter answers without the server that it watches."""


def exporter(
    stage: Stage,
    name: str,
    rulesets: tuple[str, ...],
    flags: list[str] | None = None,
    env: Mapping[str, str] | None = None,
    *,
    listen: str = "--web.listen-address=",
    holds: str = "",
    servers: tuple[Process, ...] = (),
    user: str | None = None,
) -> Source:
    """Start an exporter and wait until its answer holds a text.

    Args:
        listen: its flag for the address to listen on.
        servers: what it watches.
    """
    port = free_port()
    stage.start([program(name), f"{listen}127.0.0.1:{port}", *(flags or ())], user, env)
    url = f"http://127.0.0.1:{port}/metrics"
    stage.wait_for_url(url, holds)
    return Source(url, rulesets, servers=servers)


def owned(stage: Stage, name: str, user: str | None) -> Path:
    """A folder that a server's system account may write."""
    folder = stage.folder / name
    folder.mkdir()
    if user:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    return folder


def speak(port: int, words: bytes) -> None:
    """Send a few commands in a plain text protocol, and read an answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(words)
        connection.recv(4096)
