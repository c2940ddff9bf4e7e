"""One request and its answer, under bounds of time and bytes. Repeating and redirects are for the client.

The exchange runs in a thread of its own: timeouts of sockets bound each wait, but neither a name server that is silent
nor a server that sends a byte now and then. When the time is over the thread is left behind, a daemon.
"""

from __future__ import annotations

import threading
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from promtrim.http.failure import Failure, failure_of

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

_PIECE = 1 << 16


class Reply(msgspec.Struct, frozen=True):
    """An answer as it came; header names in lower case."""

    status: int
    headers: dict[str, str]
    data: bytes


class Bounds(msgspec.Struct, frozen=True):
    """Seconds for a connection and for each piece; seconds and bytes for the whole."""

    timeout: float
    whole: float
    max_bytes: int


def exchange(session: Session, request: PreparedRequest, bounds: Bounds, **how: Any) -> Reply:
    """Send a request and read its answer.

    Args:
        how: what ``Session.send`` takes: ``verify``, ``cert``, ``proxies``.

    Raises:
        Failure: there is no answer, or none within the bounds.
    """
    given_up = threading.Event()
    done = threading.Event()
    result: list[Reply | BaseException] = []

    def run() -> None:
        try:
            with session.send(request, stream=True, allow_redirects=False, timeout=bounds.timeout, **how) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                result.append(Reply(response.status_code, headers, _body(response, bounds, given_up)))
        except BaseException as error:  # told to the waiting thread
            result.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="promtrim-http", daemon=True).start()
    if not done.wait(bounds.whole):
        given_up.set()
        raise Failure(f"no whole answer within {bounds.whole:g} seconds, raise the timeout if it is that slow", "late")
    reply = result[0]
    if isinstance(reply, Reply):
        return reply
    raise failure_of(reply, bounds.timeout) from None


def _body(response: Response, bounds: Bounds, given_up: threading.Event) -> bytes:
    """The body, unpacked, never longer than the bound: a small packed answer may be a large one."""
    limit = bounds.max_bytes
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise Failure(f"it answers packed as {coding[:20]!r}, which was not asked for: look at the proxy before it")
    unpack = zlib.decompressobj(wbits=31) if coding.endswith("gzip") else None
    pieces: list[bytes] = []
    length = 0
    for piece in response.raw.stream(_PIECE, decode_content=False):
        if given_up.is_set():
            break
        if unpack is not None:
            piece = unpack.decompress(piece, limit + 1 - length)
        length += len(piece)
        if length > limit or (unpack is not None and unpack.unconsumed_tail):
            size = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit} bytes"
            raise Failure(f"it answers with more than {size}: is this the right address?")
        pieces.append(piece)
    if unpack is not None and length and not unpack.eof:
        raise Failure("its answer broke off before the end", "broken")
    return b"".join(pieces)
