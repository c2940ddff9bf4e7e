"""Asks a server within a budget; what it does not have is a problem with words, not an error.

Other servers of Prometheus' query API lack parts of the rest (Thanos, Mimir, VictoriaMetrics: no configuration, partly no
targets or rules). The API: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from promtrim.errors import RemoteError
from promtrim.http import Client, Server
from promtrim.rulefile.model import Problem

MAX_REQUESTS = 60
MAX_SECONDS = 60.0
MAX_BYTES = 16 << 20
"""For one server in all; bytes of one answer."""
QUERY_SECONDS = 10.0
MAX_SERIES = 5000

_REFUSED = frozenset({401, 403, 407})


class Asking:
    """One server while it is asked."""

    def __init__(self, server: Server) -> None:
        bounded = msgspec.structs.replace(
            server,
            retries=min(server.retries, 1),
            max_bytes=min(server.max_bytes, MAX_BYTES),
            whole=min(3 * server.timeout, 30.0) if server.whole is None else server.whole,
        )
        self.url = server.masked(server.url)
        self.client = Client(bounded)
        self.problems: list[Problem] = []
        self.why = ""
        """Why the last thing that was asked was not told."""
        self._left = MAX_REQUESTS
        self._end = time.monotonic() + MAX_SECONDS
        self._answered = False
        self._silent = 0

    def tell(self, path: str, what: str, params: dict[str, Any] | None = None) -> Any:
        """The ``data`` of an answer; None where the server does not tell, and a problem that says so.

        Args:
            what: what is asked for, in words: "its targets".

        Raises:
            RemoteError: nobody answers, or not to us.
        """
        if self._left <= 0 or time.monotonic() > self._end or self._silent >= 2:
            self._open(what, "it was asked long enough")
            return None
        self._left -= 1
        try:
            answer = self.client.get(path, params)
        except RemoteError as error:
            if error.status in _REFUSED or (not self._answered and error.status in (0, 200)):
                raise
            self._answered = self._answered or error.status != 0
            self._silent = self._silent + 1 if error.status == 0 else 0
            self._open(what, error.message.partition(", ")[0])
            return None
        self._answered, self._silent = True, 0
        if not isinstance(answer, dict) or answer.get("status") != "success":
            self._open(what, "its answer is not of Prometheus' form")
            return None
        return answer.get("data")

    def query(self, expression: str, what: str) -> list[tuple[dict[str, str], float]] | None:
        """The instant vector of an expression, bounded; None where the server does not tell."""
        params = {"query": expression, "timeout": f"{QUERY_SECONDS:g}s", "limit": str(MAX_SERIES + 1)}
        data = self.tell("/api/v1/query", what, params)
        if data is None:
            return None
        rows = data.get("result") if isinstance(data, dict) else None
        if not isinstance(rows, list) or data.get("resultType") != "vector":
            self._open(what, "its answer is no instant vector")
            return None
        if len(rows) > MAX_SERIES:
            self._open(what, f"there are more than {MAX_SERIES} of them")
            return None
        found = []
        for row in rows:
            labels, sample = (row.get("metric"), row.get("value")) if isinstance(row, dict) else (None, None)
            if isinstance(labels, dict) and isinstance(sample, list) and len(sample) == 2:
                try:
                    found.append(({str(key): str(value) for key, value in labels.items()}, float(sample[1])))
                except (TypeError, ValueError):
                    continue
        return found

    def strings(self, path: str, what: str, params: dict[str, Any] | None = None) -> frozenset[str] | None:
        """A list of texts."""
        data = self.tell(path, what, params)
        return frozenset(each for each in data if isinstance(each, str)) if isinstance(data, list) else None

    def _open(self, what: str, why: str) -> None:
        self.why = why
        self.problems.append(Problem("not-told", f"does not tell {what} ({why}): what follows from that is open", self.url))
