"""Writes a file so that at every moment the old or the new one is there whole."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from promtrim.errors import OutputError


def write_atomically(path: str | os.PathLike[str], text: str, bom: bool = False) -> None:
    """Replace a file's content, or make the file.

    A temporary file in the same folder is written, synced and renamed over the file. Its mode stays, and its owner
    where the system lets us; links are followed, and stay links. What is no regular file (``/dev/stdout``) is written
    to directly.

    Args:
        text: line ends as they shall be.
        bom: whether a byte order mark goes first.

    Raises:
        OutputError: it cannot be written; nothing has been changed.
    """
    name = os.fspath(path)
    data = (b"\xef\xbb\xbf" if bom else b"") + text.encode("utf-8")
    target = os.path.realpath(name)
    try:
        before = os.stat(target) if os.path.lexists(target) else None
        if before is not None and not stat.S_ISREG(before.st_mode):
            with open(target, "wb") as stream:
                stream.write(data)
            return
        if before is not None and not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied")
        _replace(target, data, before)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot be written ({reason}): check the path and its permissions", name) from None


def _replace(target: str, data: bytes, before: os.stat_result | None) -> None:
    folder, base = os.path.split(target)
    temporary = os.path.join(folder, f".{base[:100]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    stage(temporary, data, before)
    try:
        put(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def stage(temporary: str, data: bytes, before: os.stat_result | None) -> None:
    """Write a new file whole and to the disk; where that fails it is not there.

    Args:
        before: the file whose owner and mode it takes over.

    Raises:
        OSError: it cannot be written, or is there already.
    """
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if before is not None:
                _take_over(handle, before)
            os.fsync(handle)
    except BaseException:
        os.unlink(temporary)
        raise


def put(temporary: str, target: str) -> None:
    """Let a file take the place of another one of the same file system, in one moment.

    Raises:
        OSError: it cannot; nothing has been changed.
    """
    os.replace(temporary, target)
    _sync_folder(os.path.dirname(target))


def _take_over(handle: int, before: os.stat_result) -> None:
    """Owner and mode of the file that was there; the owner first, since changing it may clear mode bits."""
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(OSError):  # only the superuser may give files away
            os.fchown(handle, before.st_uid, before.st_gid)
    os.fchmod(handle, stat.S_IMODE(before.st_mode))


def _sync_folder(folder: str) -> None:
    try:
        handle = os.open(folder or ".", os.O_RDONLY)
    except OSError:
        return  # written, but this system lets nobody sync a folder
    with suppress(OSError):
        os.fsync(handle)
    os.close(handle)
