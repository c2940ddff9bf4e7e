"""Where reduced files go: standard output, one file, a folder, or back to where they came from.

Decides everything before anything is written, so that a call that cannot work changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from promtrim.errors import CallError

STANDARD_INPUT = "-"


def targets(files: Sequence[str], output: str | None, in_place: bool) -> list[str | None]:
    """The path to write for each file that was read; None is standard output.

    Args:
        files: as read; ``-`` is standard input.
        output: a file, or a folder (it exists, ends with a slash, or there are several files).

    Raises:
        CallError: several files and nowhere to put them, or standard input in place.
    """
    if in_place:
        if STANDARD_INPUT in files:
            raise CallError("standard input cannot be changed in place, use -o FILE")
        return list(files)
    if output is None:
        if len(files) > 1:
            there = "use --in-place or -o DIR, or --check for the account alone"
            raise CallError(f"{len(files)} files do not fit on standard output, {there}")
        return [None] * len(files)
    if len(files) == 1 and not output.endswith(os.sep) and not os.path.isdir(output):
        return [output]
    if os.path.exists(output) and not os.path.isdir(output):
        raise CallError(f"{output} is a file, and there are {len(files)} files to write: give a folder")
    return [os.path.join(output, name) for name in _names_below(files)]


def _names_below(files: Sequence[str]) -> list[str]:
    """Each file's path below the deepest folder that holds them all: two files never get one name."""
    named = [os.path.abspath("stdin.yml" if file == STANDARD_INPUT else file) for file in files]
    common = os.path.commonpath([os.path.dirname(path) for path in named])
    return [os.path.relpath(path, common) for path in named]


def make_folders(paths: Sequence[str | None]) -> None:
    """Make the folders that the targets need."""
    for folder in {os.path.dirname(path) for path in paths if path}:
        if folder:
            os.makedirs(folder, exist_ok=True)
