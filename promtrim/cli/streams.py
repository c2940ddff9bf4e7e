"""The process's three streams: bytes in and out in UTF-8 whatever the locale, and one line per complaint.

Rules leave as they were read, line ends and byte order mark included, so they never pass a text layer.
"""

from __future__ import annotations

import os
import sys
from typing import IO

from promtrim.errors import CallError, InputError, OutputError
from promtrim.output.runners import harmless
from promtrim.output.terminal import one_line


def write_rules(text: str, bom: bool) -> None:
    """Write a rule file to standard output, byte for byte."""
    _write(("\ufeff" if bom else "").encode() + text.encode("utf-8", "surrogateescape"))


def write_report(text: str) -> None:
    """Write a report to standard output."""
    _write(text.encode("utf-8", "backslashreplace"))


def write_account(text: str) -> None:
    """Write an account to standard error."""
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


def complain(message: str) -> None:
    """Write one line to standard error; nobody listening there is no reason to fail."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(harmless(one_line(message)) + "\n")
        sys.stderr.flush()
    except OSError:
        pass


def read_input(limit: int) -> str:
    """Read standard input as UTF-8 text.

    Raises:
        InputError: it is longer than ``limit`` bytes, or not UTF-8.
        CallError: it is closed.
    """
    if sys.stdin is None:
        raise CallError("standard input is closed, give a file instead of -")
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise InputError(f"larger than {limit >> 20} MiB, raise --max-size if that is meant", "-")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise InputError("not UTF-8 text, give a rule file in UTF-8", "-", line, column) from None


def colored(stream: IO[str] | None, no_color: bool) -> bool:
    """Whether to colour a stream: a terminal, and neither ``--no-color`` nor NO_COLOR (no-color.org)."""
    if no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return on_terminal(stream)


def on_terminal(stream: IO[str] | None) -> bool:
    """Whether a person reads a stream as it comes."""
    return stream is not None and stream.isatty()


def width(stream: IO[str] | None) -> int:
    """Columns to fill: the terminal's, at most 100; 100 where there is none."""
    try:
        return max(40, min(100, os.get_terminal_size(stream.fileno()).columns)) if stream else 100
    except (OSError, ValueError):
        return 100


def flush() -> None:
    """Flush standard output while an error can still be told."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            abandon_output()
            raise OutputError(f"cannot write to standard output: {error.strerror}") from error


def abandon_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it at exit."""
    if sys.stdout is None:
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


def _write(data: bytes) -> None:
    if sys.stdout is None:
        raise OutputError("standard output is closed, use -o FILE")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error
