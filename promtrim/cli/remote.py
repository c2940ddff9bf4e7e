"""The options with which a person says how to reach a server and prove who they are: the same for every server.

Secrets come from files or the environment, never from the command line, where every process of the machine reads them.
Sending is for :mod:`promtrim.http`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from promtrim.errors import CallError, InputError

if TYPE_CHECKING:
    from promtrim.http import Server

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_TIMEOUT = 10.0
"""Seconds to wait for a connection and for each piece of an answer."""

_LONGEST_SECRET = 64 << 10
_FILES = ("token_file", "password_file", "header_file", "ca_file", "cert_file", "key_file")


class Access(msgspec.Struct, frozen=True):
    """How to prove who one is; paths of files, and what the environment holds itself."""

    name: str
    token_file: str | None = None
    user: str | None = None
    password_file: str | None = None
    header_file: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    timeout: float | None = None

    def server(self, url: str) -> Server:
        """The server at an address, with what proves who one is.

        Raises:
            InputError: a file cannot be read, or holds what it should not.
            CallError: what is given does not fit together, or is no address.
        """
        from promtrim.http import Server

        return Server(
            url,
            token=self._secret("TOKEN", self.token_file),
            user=self.user,
            password=self._secret("PASSWORD", self.password_file),
            ca=_there(self.ca_file),
            cert=_there(self.cert_file),
            key=_there(self.key_file),
            headers=_headers(self.header_file) if self.header_file else (),
            timeout=self.timeout or DEFAULT_TIMEOUT,
        )

    def _secret(self, what: str, file: str | None) -> str | None:
        """What a file holds, else the environment."""
        if file is not None:
            return _read(file).strip("\r\n")
        return os.environ.get(variable(self.name, what)) or None

    def __repr__(self) -> str:
        return f"Access({self.name!r})"


def variable(name: str, what: str) -> str:
    """The environment variable that holds something for a server: ``PROMTRIM_GRAFANA_TOKEN``."""
    return f"PROMTRIM_{name.upper().replace('-', '_')}_{what}"


def from_environment(name: str) -> Access:
    """What the environment says of a kind of server; each variable as the option would be, in capitals.

    Raises:
        CallError: the timeout is no number.
    """
    given = {key: os.environ.get(variable(name, key.upper())) or None for key in (*_FILES, "user")}
    text = os.environ.get(variable(name, "TIMEOUT"))
    try:
        timeout = float(text) if text else None
    except ValueError:
        timeout = -1.0
    if timeout is not None and not 0 < timeout < 86400:
        raise CallError(f"{variable(name, 'TIMEOUT')} is {text!r}: write seconds, such as 10")
    return Access(name, timeout=timeout, **given)


def access(name: str) -> Callable[[Function], Function]:
    """The options for a kind of server; the command gets one ``access``.

    Args:
        name: the kind, as its environment variables call it: ``grafana`` for ``PROMTRIM_GRAFANA_TOKEN``.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def with_access(*arguments: Any, timeout: float, user: str | None, **named: Any) -> Any:
            given = {key: named.pop(key) for key in _FILES}
            return function(*arguments, access=Access(name, user=user, timeout=timeout, **given), **named)

        decorated: Any = with_access
        for option in reversed(_options(name)):
            decorated = option(decorated)
        result: Function = decorated
        return result

    return decorate


def _options(name: str) -> tuple[Callable[[Any], Any], ...]:
    def option(flag: str, metavar: str, text: str, **more: Any) -> Callable[[Any], Any]:
        return click.option(
            flag,
            metavar=metavar,
            envvar=variable(name, flag.lstrip("-").replace("-", "_").upper()),
            show_envvar=True,
            help=text,
            **more,
        )

    path = click.Path()
    return (
        option("--token-file", "FILE", f"A file with the token; the token itself in {variable(name, 'TOKEN')}.", type=path),
        option("--user", "NAME", "The user of basic authentication."),
        option(
            "--password-file",
            "FILE",
            f"A file with the user's password; the password itself in {variable(name, 'PASSWORD')}.",
            type=path,
        ),
        option("--header-file", "FILE", "More headers to send, one Name: value a line, as for curl -H @FILE.", type=path),
        option("--ca-file", "FILE", "Trust servers whose certificate this authority issued.", type=path),
        option("--cert-file", "FILE", "A client certificate to show.", type=path),
        option("--key-file", "FILE", "Its key, where that is a file of its own.", type=path),
        option(
            "--timeout",
            "SECONDS",
            "How long to wait for a connection and for each piece of an answer.",
            type=click.FloatRange(0, 86400, min_open=True),
            default=DEFAULT_TIMEOUT,
            show_default=True,
        ),
    )


def _read(file: str) -> str:
    """A small text file.

    Raises:
        InputError: it cannot be read, is large, or no text. Never shows what it holds.
    """
    try:
        with open(file, "rb") as handle:
            data = handle.read(_LONGEST_SECRET + 1)
    except OSError as error:
        raise InputError(f"cannot be read ({(error.strerror or 'no file').lower()}), check the path", file) from None
    if len(data) > _LONGEST_SECRET:
        raise InputError(f"larger than {_LONGEST_SECRET >> 10} KiB, this is no file with a secret", file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("no text in UTF-8, this is no file with a secret", file) from None


def _headers(file: str) -> tuple[tuple[str, str], ...]:
    found = []
    for number, line in enumerate(_read(file).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise InputError("no header, write Name: value", file, number, 1)
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _there(file: str | None) -> str | None:
    """A file of certificates, looked at before a library fails on it in its own words."""
    if file is not None:
        text = _read(file)
        if "-----BEGIN " not in text:
            raise InputError("no certificate or key in PEM (-----BEGIN ...), convert it", file)
        if "ENCRYPTED" in text:
            raise InputError("the key has a pass phrase, which nobody is there to type: give one without", file)
    return file
