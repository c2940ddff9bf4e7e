"""From a command's options to a plan: the options that decide one, as one value, and the one call that makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
import msgspec

from promtrim.cli import options, streams

if TYPE_CHECKING:
    from promtrim.plan.model import Plan


class Asked(msgspec.Struct, frozen=True):
    """What was asked for; the fields are those of :func:`promtrim.api.make_plan`."""

    topology: str | None
    level: Any
    config: str | None
    root: str | None
    strict: bool
    max_size: int
    """In MiB."""
    sources: Any
    """What to read the topology from."""
    keep_blind_spots: bool = False
    drop_unused: bool = False
    used_by: tuple[str, ...] = ()

    def plan(self, paths: Sequence[str], *, evidence: bool = False, lenient: bool = False) -> Plan:
        """The plan for rule files; reads standard input where ``-`` is among them.

        Args:
            evidence: whether the steps of each verdict will be shown; they cost more than the verdict.
            lenient: what cannot be read below a folder is told, and the rest judged.

        Raises:
            InputError, ErrorGroup: an input that cannot be read or is not what it should be.
        """
        from promtrim import api

        limit = self.max_size << 20
        return api.make_plan(
            paths,
            topology=self.topology,
            level=self.level,
            config=self.config,
            root=self.root,
            strict=self.strict,
            keep_blind_spots=self.keep_blind_spots,
            drop_unused=self.drop_unused,
            used_by=self.used_by,
            max_bytes=limit,
            stdin=streams.read_input(limit) if "-" in paths else None,
            evidence=evidence,
            sources=self.sources,
            lenient=lenient,
        )

    @property
    def prometheus_config(self) -> Sequence[str]:
        """Configurations of the Prometheus, where some were named."""
        return self.sources.prometheus_config if self.sources is not None else ()


keep_blind_spots = click.option("--keep-blind-spots", is_flag=True, help="Keep critical alerts that cannot fire.")
drop_unused = click.option("--drop-unused", is_flag=True, help="Drop recording rules that nothing needs.")
used_by = click.option(
    "--used-by",
    metavar="DASHBOARD.json",
    multiple=True,
    type=click.Path(),
    help="A dashboard whose recording rules stay; may be given several times.",
)


def analysing(*wishes: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--topology``, ``--level`` and all else that decides what is said of a rule; the command gets one ``asked``.

    Args:
        wishes: those of the options above that it has as well.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def with_asked(*arguments: Any, **named: Any) -> Any:
            asked = Asked(**{name: named.pop(name) for name in Asked.__struct_fields__ if name in named})
            return function(*arguments, asked=asked, **named)

        decorated: Callable[..., Any] = with_asked
        for option in reversed(wishes):
            decorated = option(decorated)
        return options.analysis(options.sources(decorated))

    return decorate


planning = analysing(keep_blind_spots, drop_unused, used_by)
"""All that decides a plan, for commands that carry one out."""
