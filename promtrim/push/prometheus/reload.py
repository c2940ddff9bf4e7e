"""Makes a Prometheus load its rule files and compares what it has loaded with them."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from promtrim.errors import InputError, RemoteError
from promtrim.http import Client, wait_for
from promtrim.push.prometheus.files import Exchange
from promtrim.push.prometheus.loaded import (
    Formatter,
    differences,
    evaluated,
    failing,
    loaded,
    longest_interval,
)
from promtrim.push.steps import Step

LOADED_WITHIN = 20.0
"""Seconds after a reload was asked for in which the new rules must be listed."""
SLACK = 5.0
"""Seconds beyond one interval in which every rule must have been evaluated."""


class Reload(msgspec.Struct, frozen=True):
    """How to make Prometheus read its files again."""

    pid: int | None = None
    """A process to send SIGHUP to; None: ``POST /-/reload``."""
    none: bool = False
    """Whether somebody else does it."""
    evaluation: bool = True
    """Whether to wait for one evaluation of each rule."""


class Reloader:
    """Reloads and compares; what failed to evaluate before is no failure of the push."""

    def __init__(
        self, client: Client, how: Reload, paths: Sequence[str], names: tuple[str, str] = ("new", "old")
    ) -> None:
        """
        Args:
            names: what the rules are called that come and those that go.
        """
        self._client = client
        self._how = how
        self._paths = list(paths)
        self._failing: Counter[tuple[str, str]] | None = None
        self._names = names
        self._same = Formatter(client).same

    def look(self) -> None:
        """See what fails to evaluate before anything changes."""
        self._failing = failing(loaded(self._client), self._paths)

    def differences(self, those: Sequence[Exchange], old: bool = False) -> list[str]:
        """How what is loaded differs from the old or new contents."""
        groups = loaded(self._client)
        return [
            text
            for each in those
            for text in differences(
                groups, each.path, each.back if old else each.new, self._same, each.new if old else each.back
            )
        ]

    def apply(self, those: Sequence[Exchange], old: bool) -> Iterator[Step]:
        """Reload, compare, wait for one evaluation."""
        which = self._names[old]
        if self._how.none:
            yield Step("note", f"the {which} rules are in place; they are loaded when Prometheus reloads", "--no-reload")
            return
        try:
            self._reload()
        except RemoteError as error:
            yield Step("failed", "reload", _advice(error))
            return
        except OSError as error:
            yield Step("failed", f"reload: SIGHUP to {self._how.pid}", error.strerror or str(error))
            return
        yield Step("done", "reload")
        try:
            yield from self._compare(those, old, which)
        except (RemoteError, InputError) as error:
            yield Step("failed", f"read the {which} rules back", str(error))

    def _reload(self) -> None:
        if self._how.pid is not None:
            os.kill(self._how.pid, signal.SIGHUP)
        else:
            self._client.send("POST", "/-/reload", repeatable=True)

    def _compare(self, those: Sequence[Exchange], old: bool, which: str) -> Iterator[Step]:
        wrong: list[str] = []

        def agrees() -> bool:
            try:
                wrong[:] = self.differences(those, old)
            except RemoteError as error:  # it may be starting
                wrong[:] = [str(error)]
            return not wrong

        if not wait_for(agrees, LOADED_WITHIN, 0.2):
            more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            yield Step("failed", f"compare with the {which} rules", "; ".join(wrong[:3]) + more)
            return
        yield Step("done", f"Prometheus has loaded the {which} rules")
        if self._how.evaluation:
            yield self._health(which)

    def _health(self, which: str) -> Step:
        groups = loaded(self._client)
        limit = longest_interval(groups, self._paths) + SLACK
        wait_for(lambda: evaluated(loaded(self._client), self._paths), limit, 0.2)
        groups = loaded(self._client)
        new = failing(groups, self._paths) - (self._failing or Counter())
        if new:
            (name, query), *_ = new
            return Step("failed", f"evaluate the {which} rules", f"{name} fails now ({' '.join(query.split())[:120]})")
        if not evaluated(groups, self._paths):
            return Step("failed", f"evaluate the {which} rules", f"not all were evaluated within {limit:.0f} seconds")
        return Step("done", f"each of the {which} rules was evaluated once")


def _advice(error: RemoteError) -> str:
    if error.status in (403, 405):
        return f"{error}; start Prometheus with --web.enable-lifecycle, or give --pid, or --no-reload"
    return str(error)
