"""A revision, or the working tree, as a folder of its own: only the files that promtrim may read, and nothing beyond them.

Both sides of a comparison are read alike, from a folder that goes away again. Files of the working tree that git ignores
are left out, unless they were named. A tree may be hostile: no path and no link leads out of the folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from promtrim.errors import InputError
from promtrim.review.git import contents, entries, working_files

ENDINGS = (".yml", ".yaml", ".rules", ".rule", ".json", ".env", ".conf", ".properties", ".tmpl", ".tpl")
"""What rule files, manifests, dashboards, and what they name are called; and names without an ending."""
MOST_FILES = 100_000
MOST_BYTES = 1 << 30
"""Bytes of all files together."""
LONGEST_PATH = 4000
"""What Linux takes, in bytes (PATH_MAX)."""


def lay_out_commit(root: str, commit: str, folder: str, max_bytes: int) -> None:
    """Write the files of a commit into an empty folder.

    Args:
        max_bytes: larger files are left out, as by every reader.

    Raises:
        InputError: there are more than a comparison can take, or objects are missing.
    """
    found = [each for each in entries(root, commit) if safe(each.path) and _wanted(each.path) and each.size <= max_bytes]
    _bounded(len(found), sum(each.size for each in found))
    links = []
    for entry, data in zip(found, contents(root, [each.blob for each in found]), strict=True):
        if entry.link:
            links.append((entry.path, os.fsdecode(data)))
        else:
            _write(folder, entry.path, data)
    _finish(folder, links)


def lay_out_working_tree(root: str, folder: str, max_bytes: int, named: Iterable[str] = ()) -> None:
    """Write the files of the working tree into an empty folder.

    Args:
        named: files and folders below the root that are read even where git ignores them.

    Raises:
        InputError: as :func:`lay_out_commit`.
    """
    links: list[tuple[str, str]] = []
    count = total = 0
    for path in dict.fromkeys((*working_files(root), *_below(root, named))):
        if not safe(path) or not _wanted(path) or _through_link(root, path):
            continue
        here = os.path.join(root, path)
        try:
            state = os.lstat(here)
            if stat.S_ISLNK(state.st_mode):
                links.append((path, os.readlink(here)))
                continue
            if not stat.S_ISREG(state.st_mode) or state.st_size > max_bytes:
                continue
            with open(here, "rb") as stream:
                data = stream.read(max_bytes + 1)
        except FileNotFoundError:
            continue  # tracked, and deleted
        count, total = count + 1, total + len(data)
        _bounded(count, total)
        _write(folder, path, data)
    _finish(folder, links)


def safe(path: str) -> bool:
    """Whether a path stays below the folder that it is joined to. git's own commands write no others, but read them."""
    parts = path.split("/")
    return len(os.fsencode(path)) < LONGEST_PATH and not any(
        part in ("", os.curdir, os.pardir) or part.lower() == ".git" or "\0" in part for part in parts
    )


def _wanted(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.lower().endswith(ENDINGS) or "." not in name or name.startswith(".env")


def _bounded(files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        held = f"{files} files with {size >> 20} MiB"
        raise InputError(f"holds {held} that may be rules or manifests, more than a comparison can take", ".git")


def _write(folder: str, path: str, data: bytes) -> None:
    target = os.path.join(folder, path)
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "xb") as stream:
            stream.write(data)
    except OSError:
        return  # a file and a folder of one name, as no real tree has them


def _finish(folder: str, links: Iterable[tuple[str, str]]) -> None:
    """Links last, so that nothing is written through one; and a mark at which the search for settings ends."""
    real = os.path.realpath(folder)
    for path, target in links:
        place = os.path.join(real, path)
        inside = os.path.normpath(os.path.join(os.path.dirname(place), target))
        if os.path.isabs(target) or not inside.startswith(real + os.sep) or os.path.lexists(place):
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target, place)
    os.makedirs(os.path.join(folder, ".git"))


def _below(root: str, named: Iterable[str]) -> Iterator[str]:
    """All files at and below what was named."""
    for path in named:
        start = os.path.join(root, path)
        if os.path.isfile(start):
            yield os.path.normpath(path)
        for here, folders, files in os.walk(start):
            folders[:] = sorted(each for each in folders if each != ".git")
            yield from (os.path.relpath(os.path.join(here, each), root) for each in sorted(files))


def _through_link(root: str, path: str) -> bool:
    """Whether a folder on the way is a link: what lies behind it is no file of the repository."""
    folder = os.path.dirname(path)
    while folder:
        if os.path.islink(os.path.join(root, folder)):
            return True
        folder = os.path.dirname(folder)
    return False


