"""Temporary names beside rule files that no ``rule_files`` pattern matches: Prometheus must never read half a set.

Patterns are Go's (path/filepath.Match): ``*`` and ``?`` match a leading dot too, and no slash.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from promtrim.errors import OutputError, RemoteError
from promtrim.http import Client
from promtrim.yamltext import Scalar, compose, get, resolve
from promtrim.yamltext import Sequence as YamlSequence

_OURS = re.compile(r"\.promtrim-\d+-[0-9a-f]{12}\.tmp")


def patterns(client: Client) -> tuple[str, ...]:
    """The ``rule_files`` of the running configuration; empty where it does not tell."""
    try:
        text = client.get("/api/v1/status/config")["data"]["yaml"]
        roots = compose(str(text), client.server.url)
    except (RemoteError, KeyError, TypeError):
        return ()
    listed = get(roots[0], "rule_files") if roots and roots[0] is not None else None
    nodes = listed.content if isinstance(listed, YamlSequence) else []
    return tuple(node.value for node in map(resolve, nodes) if isinstance(node, Scalar))


def free_name(path: str, known: Sequence[str]) -> str:
    """A temporary name on the file system of a rule file, in its folder or one above.

    Raises:
        OutputError: every such name would be read as a rule file, or nothing may be written there.
    """
    folder = os.path.dirname(path)
    device = os.stat(folder).st_dev
    base = f".promtrim-{os.getpid()}-{os.urandom(6).hex()}.tmp"
    here = folder
    for level in range(3):
        if os.access(here, os.W_OK) and os.stat(here).st_dev == device and not _read(here, base, level, known):
            return os.path.join(here, base)
        here = os.path.dirname(here)
    message = "every temporary name here would be read as a rule file: let rule_files name *.yml rather than *"
    raise OutputError(message, folder)


def sweep_left(folders: Iterable[str]) -> None:
    """Remove temporary files that a push left in these folders when it was stopped; call it when no other can run."""
    for folder in dict.fromkeys(folders):
        with suppress(OSError):
            for name in os.listdir(folder):
                if _OURS.fullmatch(name):
                    os.unlink(os.path.join(folder, name))


def _read(folder: str, base: str, level: int, known: Sequence[str]) -> bool:
    """Whether a pattern may match a name. In a container folders may be called otherwise, their files not: so in the rule
    file's own folder the last part of a pattern decides, and above it the last two."""
    for pattern in known:
        parts = pattern.split("/")
        if not _fits(parts[-1], base):
            continue
        if level == 0 or len(parts) < 2 or _fits(parts[-2], os.path.basename(folder)):
            return True
    return False


def _fits(pattern: str, name: str) -> bool:
    found = ""
    index = 0
    while index < len(pattern):
        char = pattern[index]
        end = pattern.find("]", index + 2) if char == "[" else -1
        if char == "*":
            found += "[^/]*"
        elif char == "?":
            found += "[^/]"
        elif end > 0:
            inner = pattern[index + 1 : end].replace("\\", "\\\\")
            found += f"[{inner}]"
            index = end
        else:
            found += re.escape(char)
        index += 1
    try:
        return re.fullmatch(found, name) is not None
    except re.error:
        return True  # in doubt it is read
