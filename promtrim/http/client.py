"""Asks a server, again where that may help, and turns what went wrong into one line. Knows no API."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec

from promtrim._version import __version__
from promtrim.errors import RemoteError
from promtrim.http.exchange import Bounds, Reply, exchange
from promtrim.http.failure import Failure
from promtrim.http.model import Answer, Server
from promtrim.http.waiting import LONGEST_RETRY_AFTER, pause, retry_after

if TYPE_CHECKING:
    from types import TracebackType

    from requests import PreparedRequest, Session

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods whose repetition changes nothing more (RFC 9110, 9.2.2)."""

MOST_REDIRECTS = 5
_LONGEST_WORDS = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({501, 505})
"""Errors of the server that asking again does not mend."""


class Client:
    """Asks one server; to be used in a ``with``, or closed.

        with Client(Server("http://localhost:9090", token=token)) as client:
            answer = client.get("/api/v1/status/buildinfo")

    Every failure is a :class:`~promtrim.errors.RemoteError` with the address (its user and password hidden), what is
    wrong and what to do; ``status`` is the answer's where there was one.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._session: Session | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def get(self, path: str, params: Params = None) -> Any:
        """The JSON value at a path.

        Raises:
            RemoteError: no answer, an error's answer, or one that is no JSON.
        """
        reply, url = self._ask("GET", path, None, {}, params, repeatable=True, accept=())
        try:
            return msgspec.json.decode(reply.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            kind = reply.headers.get("content-type", "").partition(";")[0].strip()
            if kind == "text/html":
                what = "with a web page: is this the server itself, and not a login page or a user interface before it?"
            else:
                what = f"with {kind or 'something'} that is no JSON: is this the right address?"
            raise self._error(url, f"it answers {what}", reply.status) from None

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        text: str | None = None,
        content_type: str | None = None,
        params: Params = None,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """Send a request.

        Args:
            path: begins with a slash; comes after the path of the server's address. Quote what you put in.
            json: a value to send as JSON.
            text: a text to send instead, as ``content_type`` (default: plain text, UTF-8).
            params: the query: a mapping, a name's value a text or a list of texts, or pairs.
            repeatable: whether it may be sent twice; None: as its method allows.
            accept: statuses from 400 on that are answers, not errors (404 where a thing may not be there yet).

        Raises:
            RemoteError: no answer, or an error's answer that is not accepted.
        """
        data: bytes | None = None
        headers: dict[str, str] = {}
        if json is not None:
            data = msgspec.json.encode(json)
            headers["Content-Type"] = content_type or "application/json"
        elif text is not None:
            data = text.encode()
            headers["Content-Type"] = content_type or "text/plain; charset=utf-8"
        again = method.upper() in IDEMPOTENT if repeatable is None else repeatable
        reply, url = self._ask(method.upper(), path, data, headers, params, repeatable=again, accept=accept)
        return Answer(reply.status, self._decoded(reply, url), reply.headers)

    def _ask(
        self,
        method: str,
        path: str,
        data: bytes | None,
        headers: Mapping[str, str],
        params: Params,
        *,
        repeatable: bool,
        accept: Collection[int],
    ) -> tuple[Reply, str]:
        """Ask, and again where that is allowed and may help."""
        attempt = 0
        while True:
            left = self.server.retries - attempt if repeatable else 0
            try:
                reply, url = self._follow(method, path, data, headers, params)
            except _At as trouble:
                if left <= 0 or not trouble.failure.passing:
                    raise self._error(trouble.url, trouble.failure.words + _tried(attempt)) from None
                wait = pause(attempt)
            else:
                if reply.status < 400 or reply.status in accept:
                    return reply, url
                asked = retry_after(reply.headers.get("retry-after"))
                if left <= 0 or not _again(reply.status, asked):
                    raise self._error(url, self._refusal(reply) + _tried(attempt), reply.status)
                wait = pause(attempt) if asked is None else asked
            attempt += 1
            time.sleep(wait)

    def _follow(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], params: Params
    ) -> tuple[Reply, str]:
        """One exchange, and those that its redirects lead to."""
        url = self.server.url + (path if path.startswith("/") else f"/{path}")
        for _ in range(MOST_REDIRECTS):
            request = self._prepared(method, url, data, headers, params)
            reply = self._exchange(request)
            target = reply.headers.get("location")
            if reply.status not in _REDIRECTS or target is None:
                return reply, url
            url, params = self._redirect(method, request.url or url, target), None
        raise _At(url, Failure("it redirects in a circle, give the address that it leads to"))

    def _redirect(self, method: str, url: str, target: str) -> str:
        """Where a redirect may lead: never with credentials to another machine, never from TLS to none."""
        there = urljoin(url, target)
        old, new = urlsplit(url), urlsplit(there)
        shown = self.server.masked(there)
        if new.scheme not in ("http", "https"):
            raise _At(url, Failure(f"it redirects to {shown}, which is no address"))
        if method not in ("GET", "HEAD"):
            raise _At(url, Failure(f"it redirects to {shown}, give that address"))
        if old.scheme == "https" and new.scheme == "http":
            raise _At(url, Failure(f"it redirects to {shown} without TLS, which is not followed"))
        same = old.hostname == new.hostname and (old.scheme != new.scheme or _port(old) == _port(new))
        if self.server.trusted and not same:
            raise _At(url, Failure(f"it redirects to {shown}: credentials do not go to another server, give its address"))
        return there

    def _prepared(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str], params: Params
    ) -> PreparedRequest:
        from requests import Request, exceptions

        server = self.server

        def prove(request: PreparedRequest) -> PreparedRequest:
            # Given even where there is nothing to prove: else requests takes what ~/.netrc says.
            if server.token is not None:
                request.headers["Authorization"] = f"Bearer {server.token}"
            elif server.basic is not None:
                request.headers["Authorization"] = f"Basic {server.basic}"
            return request

        own = {
            "Accept": "application/json, */*;q=0.5",
            "Accept-Encoding": "gzip",
            "User-Agent": f"promtrim/{__version__}",
            **headers,
            **dict(server.headers),
        }
        pairs: Any = params
        try:
            return self._opened().prepare_request(Request(method, url, own, data=data, params=pairs, auth=prove))
        except (exceptions.RequestException, UnicodeError):
            raise _At(url, Failure("this is no address that can be asked, write http://host:port")) from None

    def _exchange(self, request: PreparedRequest) -> Reply:
        server, session = self.server, self._opened()
        url = request.url or server.url
        how = session.merge_environment_settings(url, {}, True, server.ca or True, _client_certificate(server))
        bounds = Bounds(server.timeout, 3 * server.timeout if server.whole is None else server.whole, server.max_bytes)
        try:
            return exchange(session, request, bounds, verify=how["verify"], cert=how["cert"], proxies=how["proxies"])
        except Failure as failure:
            self._session = None  # the thread that was left behind may still use it
            raise _At(url, failure) from None

    def _opened(self) -> Session:
        if self._session is None:
            from requests import Session

            self._session = Session()
        return self._session

    def _decoded(self, reply: Reply, url: str) -> Any:
        if not reply.data:
            return None
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json" or kind.endswith("+json"):
            try:
                return msgspec.json.decode(reply.data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise self._error(url, "it answers with what it calls JSON and is none", reply.status) from None
        return reply.data.decode("utf-8", "replace")

    def _refusal(self, reply: Reply) -> str:
        said = self._words(reply)
        status = f"it answers {reply.status}" + (f" ({said})" if said else "")
        advice = _ADVICE.get(reply.status)
        if advice is None:
            advice = "look at its log" if reply.status >= 500 else "look at what was asked of it"
        return f"{status}, {advice}"

    def _words(self, reply: Reply) -> str:
        """What the server says about it, on one line and without secrets."""
        try:
            said = msgspec.json.decode(reply.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            said = reply.data.decode("utf-8", "replace")
            if "<" in said:
                return ""
        for _ in range(3):
            if isinstance(said, list) and said:
                said = said[0]
            elif isinstance(said, dict):
                keys = ("error", "message", "error_description", "detail", "errors", "reason", "title")
                said = next((said[key] for key in keys if said.get(key)), "")
        if not isinstance(said, str):
            return ""
        printable = (char if char.isprintable() else " " for char in self.server.masked(said)[: 4 * _LONGEST_WORDS])
        line = " ".join("".join(printable).split())
        return line if len(line) <= _LONGEST_WORDS else line[: _LONGEST_WORDS - 3] + "..."

    def _error(self, url: str, words: str, status: int = 0) -> RemoteError:
        return RemoteError(self.server.masked(words), self.server.masked(url.partition("?")[0]), status)


Params = Mapping[str, Any] | list[tuple[str, str]] | None


class _At(Exception):
    """A failure, and the address where it happened."""

    def __init__(self, url: str, failure: Failure) -> None:
        super().__init__(url)
        self.url = url
        self.failure = failure


_ADVICE = {
    400: "look at what was asked of it",
    401: "give a token, or a user and password, that it knows",
    403: "these credentials may not do that: ask for the right to",
    404: "check the address and its path",
    405: "check that this is the right kind of server",
    407: "the proxy wants credentials: put them into HTTPS_PROXY",
    413: "it takes less at once",
    429: "it is asked too much: try later",
    502: "what is behind the proxy does not answer",
    503: "it is not ready: try later",
    504: "what is behind the proxy does not answer in time",
}


def _again(status: int, asked: float | None) -> bool:
    """Whether an error's answer may be another one later."""
    if asked is not None and asked > LONGEST_RETRY_AFTER:
        return False
    return (status >= 500 and status not in _FOR_GOOD) or (status == 429 and asked is not None)


def _port(address: SplitResult) -> int:
    return address.port or {"http": 80, "https": 443}[address.scheme]


def _tried(attempt: int) -> str:
    return f" (asked {attempt + 1} times)" if attempt else ""


def _client_certificate(server: Server) -> str | tuple[str, str] | None:
    if server.cert is None or server.key is None:
        return server.cert
    return server.cert, server.key
