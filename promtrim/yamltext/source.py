"""Bytes to text: size, encoding, byte order mark. Opening files ends here."""

from __future__ import annotations

import os

import msgspec

from promtrim.errors import InputError

DEFAULT_MAX_BYTES = 64 << 20


class Source(msgspec.Struct, frozen=True):
    """A file's text, without the byte order mark it may have had; line ends as found."""

    file: str
    text: str
    bom: bool


def read_source(path: str, max_bytes: int = DEFAULT_MAX_BYTES, file: str | None = None) -> Source:
    """Read and decode a file.

    Args:
        path: what to open.
        file: its name for errors and in the result, where that is not the path.

    Raises:
        InputError: it cannot be opened, is no regular file or pipe, is larger than ``max_bytes``, or is no UTF-8 text.
    """
    name = path if file is None else file
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > max_bytes:
                raise too_large(name, size, max_bytes)
            data = stream.read(max_bytes + 1)
    except IsADirectoryError:
        raise InputError("is a directory, name a file", name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        advice = "check the path" if isinstance(error, FileNotFoundError) else "check its permissions"
        raise InputError(f"cannot be read ({reason}): {advice}", name) from None
    return decode(data, name, max_bytes)


def decode(data: bytes, file: str = "", max_bytes: int = DEFAULT_MAX_BYTES) -> Source:
    """Decode UTF-8, with or without a byte order mark.

    Raises:
        InputError: larger than ``max_bytes``, UTF-16, or no text at all.
    """
    if len(data) > max_bytes:
        raise too_large(file, len(data), max_bytes)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("is UTF-16 text: save it as UTF-8", file)
    bom = data[:3] == b"\xef\xbb\xbf"
    if bom:
        data = data[3:]
    if (zero := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, zero) + 1
        raise InputError("is a binary file (it holds a zero byte): name a YAML file", file, line)
    try:
        return Source(file, data.decode("utf-8"), bom)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        begin = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[begin : error.start].decode("utf-8", "replace")) + 1
        byte = data[error.start]
        message = f"is no UTF-8 text (byte 0x{byte:02X}): save it as UTF-8, or name a YAML file"
        raise InputError(message, file, line, column) from None


def too_large(file: str, size: int, max_bytes: int) -> InputError:
    """The error for a file beyond the limit; sizes in bytes."""
    limit = max_bytes / (1 << 20)
    message = f"has {size / (1 << 20):.1f} MiB, more than the {limit:g} MiB allowed: raise the limit with --max-size"
    return InputError(message, file)
