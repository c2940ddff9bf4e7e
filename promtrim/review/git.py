"""Asks git what files a revision holds. Only reads objects, and runs nothing that a repository could name.

``rev-parse``, ``merge-base``, ``ls-tree``, ``ls-files`` and ``cat-file --batch`` start no hook, no filter, no text
conversion, no pager and no external diff. What a repository's own configuration could still start (a file system monitor,
a transport for objects that are missing) is switched off, and variables that point git elsewhere are not handed on.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import msgspec

from promtrim.errors import CallError, InputError

_SAFE = (
    "--no-pager", "--no-replace-objects", "--literal-pathspecs",
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false",
    "-c", "protocol.allow=never", "-c", "core.quotePath=false",
)  # fmt: skip
_TIMEOUT = 120.0
"""Seconds for one call."""


class Entry(msgspec.Struct, frozen=True):
    """One file of a revision."""

    path: str
    """Below the repository's root, with slashes."""
    blob: str
    link: bool
    size: int
    """Bytes."""


def checked(revision: str) -> str:
    """A revision that cannot be taken for an option, a path or a range.

    Raises:
        CallError: it could.
    """
    if revision.startswith("-"):
        raise CallError(f"{revision!r} begins with a dash: no revision does; write ./{revision} for a file of that name")
    if not revision or not revision.isprintable() or ":" in revision:
        raise CallError(f"{revision!r} is no revision: give a branch, a tag or a commit")
    if ".." in revision:
        raise CallError(f"{revision!r} is a range: give its two ends as BASE and HEAD, or one with --merge-base")
    return revision


def resolve(root: str, revision: str) -> str | None:
    """The commit that a revision names; None where there is none.

    Raises:
        CallError: as :func:`checked`, or git cannot be run.
    """
    done = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{checked(revision)}^{{commit}}")
    words = done.stdout.decode("ascii", "replace").split()
    return words[-1] if done.returncode == 0 and words else None


def merge_base(root: str, one: str, other: str) -> str | None:
    """The commit that two commits branched off from; None where there is none, as in a shallow clone."""
    done = _run(root, "merge-base", one, other)
    return done.stdout.decode("ascii", "replace").strip() or None if done.returncode == 0 else None


def is_shallow(root: str) -> bool:
    """Whether older commits are missing."""
    return _run(root, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def entries(root: str, commit: str) -> Iterator[Entry]:
    """The files and links of a commit; submodules are left out."""
    done = _checked_run(root, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
    for record in done.split(b"\0"):
        head, tab, path = record.partition(b"\t")
        words = head.split()
        if tab and len(words) == 4 and words[1] == b"blob":
            mode, _, blob, size = words
            yield Entry(os.fsdecode(path), blob.decode("ascii"), mode == b"120000", int(size))


def working_files(root: str) -> list[str]:
    """The files of the working tree that git tracks or would track: ignored ones are left out."""
    done = _checked_run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name")
    return list(dict.fromkeys(os.fsdecode(path) for path in done.split(b"\0") if path))


def contents(root: str, blobs: Sequence[str]) -> Iterator[bytes]:
    """The content of each blob, in order.

    Raises:
        InputError: one is missing, as in a partial clone.
    """
    with TemporaryFile() as asked:
        asked.write("".join(f"{blob}\n" for blob in blobs).encode("ascii"))
        asked.seek(0)
        with subprocess.Popen(
            _command(root, "cat-file", "--batch"),
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as process:
            assert process.stdout is not None
            for blob in blobs:
                yield _content(process.stdout, blob)


def _content(stream: IO[bytes], blob: str) -> bytes:
    head = stream.readline().split()
    if len(head) != 3 or head[1] != b"blob":
        raise InputError(f"the object {blob} is not in this clone: fetch it whole (git fetch --refetch)", ".git")
    size = int(head[2])
    data = stream.read(size)
    stream.read(1)
    return data


def _checked_run(root: str, *arguments: str) -> bytes:
    done = _run(root, *arguments)
    if b"promisor remote" in done.stderr:
        said = "is a partial clone that lacks these files: fetch it whole (git fetch --refetch --no-filter)"
        raise InputError(said, root)
    if done.returncode:
        raise InputError(f"git {arguments[0]} failed: {_said(done)}", root)
    return done.stdout


def _run(root: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        done = subprocess.run(
            _command(root, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(),
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise CallError("git is not installed: compare two files or folders instead") from None
    except subprocess.TimeoutExpired:
        raise CallError(f"git {arguments[0]} took more than {_TIMEOUT:g} seconds") from None
    if b"dubious ownership" in done.stderr:
        raise InputError("belongs to somebody else: allow it with git config --global --add safe.directory", root)
    return done


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return " ".join(done.stderr.decode("utf-8", "replace").split())[:300] or f"status {done.returncode}"


def _command(root: str, *arguments: str) -> list[str]:
    return ["git", *_SAFE, "-C", root, *arguments]


def _environment() -> dict[str, str]:
    """The environment without what steers git, and with what keeps it from asking, fetching and translating."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    kept.update(
        LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", GIT_NO_LAZY_FETCH="1", GIT_ALLOW_PROTOCOL="",
    )  # fmt: skip
    return kept
