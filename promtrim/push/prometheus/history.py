"""What pushes replaced, kept for taking it back: the old files and what became of the push.

Kept whole and on the disk before the first file changes. The last few pushes of a target are kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

import msgspec

from promtrim.errors import OutputError
from promtrim.push.prometheus.files import Exchange
from promtrim.rulefile.writing import stage, write_atomically

KEPT = 10
"""Pushes of a target whose old files are kept."""
Phase = Literal["begun", "done", "undone", "rolled-back"]
MANIFEST = "manifest.json"


class File(msgspec.Struct, frozen=True):
    """One file of a push. Hashes are SHA-256; None where there is no file."""

    path: str
    old: str | None
    new: str | None
    staged: str = ""
    """Temporary name of its new content."""
    link: str = ""
    """A second name for its old content beside it: for taking it back where the disk is full."""


class Entry(msgspec.Struct, frozen=True):
    """One push."""

    number: int
    phase: Phase
    folder: str
    """That Prometheus reads."""
    address: str
    plan: str
    files: tuple[File, ...]


def digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


def entries(state: str) -> list[Entry]:
    """The pushes that are remembered, the newest last."""
    found = []
    for name in sorted(os.listdir(state)):
        try:
            with open(os.path.join(state, name, MANIFEST), "rb") as stream:
                found.append(msgspec.json.decode(stream.read(), type=Entry))
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            continue  # no push, or one that was stopped before anything was changed
    return found


def remember(state: str, entry: Entry, those: Sequence[Exchange]) -> None:
    """Keep the old files of a push that is about to begin.

    Raises:
        OutputError: the disk is full, or the state folder cannot be written.
    """
    folder = _folder(state, entry.number)
    try:
        os.makedirs(folder, mode=0o700)
        for index, each in enumerate(those):
            if each.back is not None:
                stage(os.path.join(folder, str(index)), each.back, None)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise OutputError(f"the old rules cannot be kept ({error.strerror}): nothing was changed", folder) from None
    try:
        note(state, entry)
    except OutputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for earlier in entries(state)[:-KEPT]:
        if earlier.phase != "begun":
            shutil.rmtree(_folder(state, earlier.number), ignore_errors=True)


def note(state: str, entry: Entry) -> None:
    """Write down how far a push is.

    Raises:
        OutputError: the state folder cannot be written.
    """
    write_atomically(os.path.join(_folder(state, entry.number), MANIFEST), msgspec.json.encode(entry).decode())


def recall(state: str, entry: Entry) -> list[bytes | None]:
    """The old content of each file.

    Raises:
        OutputError: what was kept is gone or changed.
    """
    found: list[bytes | None] = []
    for index, file in enumerate(entry.files):
        if file.old is None:
            found.append(None)
            continue
        path = os.path.join(_folder(state, entry.number), str(index))
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except OSError as error:
            raise OutputError(f"what was kept of {file.path} cannot be read ({error.strerror})", path) from None
        if digest(data) != file.old:
            raise OutputError(f"what was kept of {file.path} is not what it was: take it from your repository", path)
        found.append(data)
    return found


def sweep(entry: Entry) -> None:
    """Remove the temporary names that a push left when it was stopped."""
    for file in entry.files:
        for name in (file.staged, file.link):
            if name:
                with suppress(OSError):
                    os.unlink(name)


def next_number(state: str) -> int:
    return max((int(name) for name in os.listdir(state) if name.isdigit()), default=0) + 1


def _folder(state: str, number: int) -> str:
    return os.path.join(state, f"{number:06d}")
