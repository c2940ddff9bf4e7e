"""Servers of the tests' own: a webhook receiver that records notifications, and a proxy that misbehaves as told."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Notifications:
    """What a webhook receiver was told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[tuple[float, str, str]] = []
        self.url = ""

    def add(self, receiver: str, alerts: list[dict[str, Any]]) -> None:
        with self._lock:
            now = time.monotonic()
            self._found += [(now, receiver, each["labels"]["alertname"]) for each in alerts if each["status"] == "firing"]

    def since(self, moment: float) -> list[tuple[str, str]]:
        """Receivers and alert names of notifications after a moment of ``time.monotonic``."""
        with self._lock:
            return [(receiver, name) for when, receiver, name in self._found if when >= moment]

    def arrives(self, name: str, within: float = 20.0) -> bool:
        """Whether a notification of an alert comes from now on."""
        begin = time.monotonic()
        while time.monotonic() < begin + within:
            if any(found == name for _, found in self.since(begin)):
                return True
            time.sleep(0.05)
        return False

    def quiet(self, name: str, during: float = 2.5) -> bool:
        """Whether none comes for a while, other alerts' notifications showing that some do."""
        time.sleep(1.2)  # what was on its way
        begin = time.monotonic()
        time.sleep(during)
        return all(found != name for _, found in self.since(begin))


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def webhook() -> Iterator[Notifications]:
    """A receiver for ``webhook_configs``."""
    found = Notifications()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.add(body["receiver"], body["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler) as url:
        found.url = url
        yield found


Fault = Callable[[str, str, int], "str | int | float | None"]
"""Of method, path and number of the request: a status to answer, seconds to wait first, "lost" to forward and say
nothing, "cut" to say nothing at all, or None."""


class Proxy:
    """Stands before a server."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.fault: Fault = lambda method, path, number: None
        self.requests: list[tuple[str, str]] = []


@contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """A server that passes requests on, save where its ``fault`` says otherwise."""
    this = Proxy(target)

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            this.requests.append((self.command, self.path))
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            fault = this.fault(self.command, self.path, len(this.requests))
            if fault == "cut":
                return
            if isinstance(fault, int):
                self._answer(fault, b'{"message": "told to fail"}', "application/json")
                return
            if isinstance(fault, float):
                time.sleep(fault)
            headers = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
            request = urllib.request.Request(this.target + self.path, body, headers, method=self.command)
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    status, data, kind = response.status, response.read(), response.headers.get("Content-Type", "")
            except urllib.error.HTTPError as error:
                status, data, kind = error.code, error.read(), error.headers.get("Content-Type", "")
            except OSError:
                return
            if fault != "lost":
                self._answer(status, data, kind)

        do_GET = do_POST = do_DELETE = do_PUT = _pass_on

        def _answer(self, status: int, data: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler) as url:
        this.url = url
        yield this
