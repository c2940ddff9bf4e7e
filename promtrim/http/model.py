"""A server and how to prove who one is, and what it answered. Sending is for :mod:`promtrim.http.client`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from promtrim.errors import CallError

HIDDEN = "***"

_USERINFO = re.compile(r"(://)[^/?#]*@")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\x80-\xff\t]*")


class Server(msgspec.Struct, frozen=True):
    """An HTTP server: its address, how to prove who one is, and how long to wait. Never shows a secret.

    Attributes:
        url: ``http://host:port/prefix``; a user and password in it are taken out of it.
        token: sent as ``Authorization: Bearer``.
        user: with ``password``, sent as basic authentication.
        ca: path of a file of certificates to trust instead of the usual ones.
        cert: path of a client certificate, ``key`` that of its key where it is a file of its own.
        headers: more headers, such as ``("X-Scope-OrgID", "team")``; taken for secrets too.
        timeout: seconds to wait for a connection, and for each piece of an answer.
        whole: seconds that one answer may take as a whole; None: three times ``timeout``.
        retries: how often a request is repeated that may be repeated.
        max_bytes: longest answer that is read, unpacked.

    Raises:
        CallError: what is no address, token or header, or two ways to prove who one is.
    """

    url: str
    token: str | None = None
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 10.0
    whole: float | None = None
    retries: int = 3
    max_bytes: int = 32 << 20

    def __post_init__(self) -> None:
        address, user, password = _address(self.url)
        set_ = msgspec.structs.force_setattr
        set_(self, "url", address)
        if user is not None and self.user is None:
            set_(self, "user", user)
            set_(self, "password", password if self.password is None else self.password)
        if self.token is not None and self.user is not None:
            raise CallError(f"{address} was given a token and a user: give one of them")
        if self.password is not None and self.user is None:
            raise CallError(f"{address} was given a password without a user: give the user as well")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise CallError(f"the token for {address} has spaces or odd characters, or is empty: give the token alone")
        if self.key is not None and self.cert is None:
            raise CallError(f"{address} was given a key without a certificate: give the certificate as well")
        for name, value in self.headers:
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise CallError(f"a header for {address} has a name or value that HTTP does not allow: write Name: value")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown, longest first."""
        given = (self.token, self.password, self.basic, *(value for _, value in self.headers))
        return tuple(sorted({each for each in given if each}, key=len, reverse=True))

    @property
    def basic(self) -> str | None:
        """User and password as basic authentication sends them (RFC 7617); None without a user."""
        if self.user is None:
            return None
        from base64 import b64encode

        return b64encode(f"{self.user}:{self.password or ''}".encode()).decode()

    @property
    def trusted(self) -> bool:
        """Whether requests carry something that only this server may see."""
        return bool(self.token or self.user is not None or self.headers)

    def masked(self, text: str) -> str:
        """A text without this server's secrets."""
        for secret in self.secrets:
            if len(secret) >= 4:
                text = text.replace(secret, HIDDEN)
        return masked(text)

    def __repr__(self) -> str:
        given = (name for name in ("token", "user", "password", "headers") if getattr(self, name))
        return f"Server({', '.join([repr(self.url), *(f'{name}={HIDDEN}' for name in given)])})"

    def __rich_repr__(self) -> Any:
        yield "url", self.url


class Answer(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    body: Any
    """Decoded where the server calls it JSON, else text; None where it is empty."""
    headers: dict[str, str] = {}
    """By name in lower case."""


def masked(text: str) -> str:
    """A text with the user and password of each address in it hidden."""
    return _USERINFO.sub(rf"\1{HIDDEN}@", text)


def _address(url: str) -> tuple[str, str | None, str | None]:
    """An address without userinfo and without a slash at its end; user; password."""
    shown = masked(url)
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise CallError(f"{shown} is no address: write http://host:port") from None
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\x00-\x20\x7f\\]", url.strip()):
        raise CallError(f"{shown} is no address: write http://host:port or https://host:port")
    if parts.query or parts.fragment:
        raise CallError(f"{shown} has a ? or # in it: give the address up to its path")
    name = f"[{host}]" if ":" in host else host
    netloc = name if port is None else f"{name}:{port}"
    address = urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    user = unquote(parts.username) if parts.username else None
    return address, user, unquote(parts.password or "") if user is not None else None
