"""Keeps a process from reading files outside given folders while it follows what strangers wrote.

Rule files, manifests and configurations name other files: ``rule_files: ../../``, ``env_file``, a link in the repository.
Many readers follow them. So the fence stands where all of them pass: CPython tells audit hooks of every file that is
opened and every folder that is listed (PEP 578). What lies outside answers "Permission denied", as a file would that may
not be read. The interpreter's own folders stay readable: modules are imported when they are needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

OUTSIDE = "it lies outside the repository"
"""What a reader says of it."""

_WATCHED = frozenset(("open", "os.listdir", "os.scandir"))
_allowed: tuple[str, ...] | None = None
_hooked = False


@contextmanager
def within(folders: Iterable[str]) -> Iterator[None]:
    """Open files and list folders only at or below the given ones, links resolved, until the block ends.

    Args:
        folders: folders and single files.

    Fences do not widen each other: inside a block the inner one counts. Not for several threads.
    """
    global _allowed, _hooked
    if not _hooked:
        sys.addaudithook(_hook)  # for the rest of the process: there is no way to take one away
        _hooked = True
    before = _allowed
    _allowed = tuple({os.path.realpath(path) for path in (*folders, *_own())})
    try:
        yield
    finally:
        _allowed = before


def _own() -> Iterator[str]:
    """What the program itself is read from; in a source tree its data lies beside the package."""
    package = os.path.dirname(os.path.abspath(__file__))
    yield from (package, os.devnull, *(path for path in sys.path if path))
    yield from (os.path.join(os.path.dirname(package), data) for data in ("rulesets", "schema"))


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _allowed is None or event not in _WATCHED:
        return
    path = arguments[0]
    if isinstance(path, int) or (event == "open" and path is None):
        return  # open already
    real = os.path.realpath(os.curdir if path is None else os.fsdecode(path))
    if not any(real == folder or real.startswith(os.path.join(folder, "")) for folder in _allowed):
        raise PermissionError(13, OUTSIDE, os.fsdecode(path))
