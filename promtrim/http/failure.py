"""What went wrong between two machines, in words. Nothing here repeats the words of an exception: they may hold secrets."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Literal

Kind = Literal["unreachable", "broken", "late", "wrong"]
"""No connection; broken off; no answer in time; nothing that a repetition could mend."""


class Failure(Exception):
    """A request without an answer: what is wrong and what to do, in words."""

    def __init__(self, words: str, kind: Kind = "wrong") -> None:
        super().__init__(words)
        self.words = words
        self.kind: Kind = kind

    @property
    def passing(self) -> bool:
        """Whether it may go better the next time."""
        return self.kind != "wrong"


def failure_of(error: BaseException, timeout: float) -> Failure:
    """The failure that an exception of requests, urllib3 or the system stands for.

    Raises:
        BaseException: the error itself where it is none of theirs: a mistake of ours.
    """
    import zlib

    from requests import exceptions as http
    from urllib3 import exceptions as wire

    if isinstance(error, Failure):
        return error
    if isinstance(error, (http.SSLError, wire.SSLError)):
        return _certificate(error)
    if isinstance(error, http.InvalidProxyURL) or any(isinstance(each, wire.ProxySchemeUnknown) for each in _causes(error)):
        return Failure("what HTTP_PROXY or HTTPS_PROXY names is no proxy's address, write http://host:port there")
    if isinstance(error, http.ProxyError):
        return Failure("the proxy that HTTP_PROXY or HTTPS_PROXY names gives no connection, set NO_PROXY to go without it")
    if isinstance(error, (http.ConnectTimeout, wire.ConnectTimeoutError)):
        return Failure(f"no connection within {timeout:g} seconds, check the address and the network", "unreachable")
    if isinstance(error, (http.ReadTimeout, wire.ReadTimeoutError)):
        return Failure(f"no answer within {timeout:g} seconds, raise the timeout if it is that slow", "late")
    if isinstance(error, (http.InvalidURL, http.InvalidSchema, http.MissingSchema, wire.LocationParseError, UnicodeError)):
        return Failure("this is no address that can be asked, write http://host:port")
    if isinstance(error, http.InvalidHeader):
        return Failure("a header has characters that HTTP does not allow")
    if isinstance(error, (http.ChunkedEncodingError, http.ContentDecodingError, wire.ProtocolError, zlib.error)) and not (
        isinstance(error, http.ConnectionError)
    ):
        return Failure("its answer broke off or is no HTTP, check that this is the right port", "broken")
    if isinstance(error, (http.ConnectionError, wire.HTTPError)):
        return _connection(error)
    if isinstance(error, OSError):
        return Failure(f"{_system(error)}, check the certificate files and the address")
    raise error


def _certificate(error: BaseException) -> Failure:
    import ssl

    reasons = [each for each in _causes(error) if isinstance(each, ssl.SSLError)]
    unverified = [each for each in reasons if isinstance(each, ssl.SSLCertVerificationError)]
    if unverified:
        told = unverified[0].verify_message or "it does not verify"
        return Failure(f"its certificate is not trusted ({told}), name the authority that issued it with --ca-file")
    if any("WRONG_VERSION_NUMBER" in (each.reason or "") for each in reasons):
        return Failure("it does not speak TLS on this port, write http:// or give the port that does")
    told = next((each.reason for each in reasons if each.reason), "") or "no common ground"
    return Failure(f"no secure connection ({told.replace('_', ' ').lower()}), check the certificates and the port")


def _connection(error: BaseException) -> Failure:
    causes = list(_causes(error))
    for each in causes:
        if isinstance(each, socket.gaierror):
            kind: Kind = "unreachable" if each.errno == socket.EAI_AGAIN else "wrong"
            return Failure("no machine of this name is known, check the address", kind)
    for each in causes:
        if isinstance(each, ConnectionRefusedError):
            return Failure("nothing listens there (connection refused), check the port and that it runs", "unreachable")
        if isinstance(each, ConnectionError):
            return Failure("it broke the connection off, check the port and whether it wants https://", "broken")
        if isinstance(each, OSError) and each.errno:
            return Failure(f"{_system(each)}, check the address and the network", "unreachable")
    # urllib3 names them by class where a proxy or TLS hides the system's word.
    if any(type(each).__name__ == "NameResolutionError" for each in causes):
        return Failure("no machine of this name is known, check the address")
    return Failure("it answers with what is no HTTP, or with nothing, check the port", "broken")


def _system(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else "the system gives no connection"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it stands for, the outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
