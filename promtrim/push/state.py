"""Where pushes remember what they replaced: a folder of the user's own, outside anything that a server reads.

``$XDG_STATE_HOME/promtrim`` (https://specifications.freedesktop.org/basedir-spec/latest/), ``~/.local/state/promtrim``.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from promtrim.errors import CallError, OutputError

LOCK_WITHIN = 60.0
"""Seconds to wait for another push to the same target."""


def home() -> str:
    """The state folder; it need not exist."""
    base = os.environ.get("XDG_STATE_HOME")
    if not base or not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "promtrim")


def folder_for(target: str, key: str) -> str:
    """The folder of one target, made if need be; only its user may look into it.

    Args:
        target: ``prometheus``, ``mimir``, ...
        key: what tells this target from others of its kind: a folder, an address.

    Raises:
        OutputError: it cannot be made.
    """
    name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    path = os.path.join(home(), target, name)
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made ({error.strerror}): set XDG_STATE_HOME to a folder of yours", path) from None
    return path


def refuse_inside(folder: str) -> None:
    """The state must not lie where a server reads.

    Raises:
        CallError: it does.
    """
    state, other = os.path.realpath(home()), os.path.realpath(folder)
    if os.path.commonpath([state, other]) == other:
        raise CallError(f"the state folder {state} lies in {folder}, which Prometheus reads: set XDG_STATE_HOME elsewhere")


@contextmanager
def locked(folder: str, within: float = LOCK_WITHIN) -> Iterator[None]:
    """Only one push at a time; the lock goes with its process, however that ends.

    Raises:
        OutputError: another one holds it for too long.
    """
    try:
        import fcntl
    except ImportError:  # no such locks here: whoever pushes twice at once is told by the comparison at the end
        yield
        return
    path = os.path.join(folder, "lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        end = time.monotonic() + within
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= end:
                    raise OutputError("another push to this target is under way, try again later", path) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)
