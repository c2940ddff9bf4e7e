"""The options that decide a plan, as one value: for commands that carry out what ``reduce`` would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
import msgspec

from promtrim.cli import options
from promtrim.cli.inputs import plan_of

if TYPE_CHECKING:
    from promtrim.plan.model import Plan


class Asked(msgspec.Struct, frozen=True):
    """What was asked for; the fields are those of :func:`promtrim.cli.inputs.plan_of`."""

    topology: str | None
    level: Any
    config: str | None
    root: str | None
    strict: bool
    max_size: int
    sources: Any
    keep_blind_spots: bool
    drop_unused: bool
    used_by: tuple[str, ...]

    def plan(self, paths: Sequence[str]) -> Plan:
        """The plan that ``reduce`` would carry out.

        Raises:
            InputError, ErrorGroup: an input that cannot be read or is not what it should be.
        """
        return plan_of(paths, **msgspec.structs.asdict(self))

    @property
    def prometheus_config(self) -> Sequence[str]:
        """Configurations of the Prometheus, where some were named."""
        return self.sources.prometheus_config if self.sources is not None else ()


_WISHES = (
    click.option("--keep-blind-spots", is_flag=True, help="As for reduce: critical alerts that cannot fire stay."),
    click.option("--drop-unused", is_flag=True, help="As for reduce: recording rules that nothing needs go."),
    click.option(
        "--used-by",
        metavar="DASHBOARD.json",
        multiple=True,
        type=click.Path(),
        help="As for reduce: a dashboard whose recording rules stay. Repeatable.",
    ),
)


def planning(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--topology``, ``--level`` and all else that decides a plan; the command gets one ``asked``."""

    @wraps(function)
    def with_asked(*arguments: Any, **named: Any) -> Any:
        asked = Asked(**{name: named.pop(name) for name in Asked.__struct_fields__})
        return function(*arguments, asked=asked, **named)

    decorated: Callable[..., Any] = with_asked
    for option in reversed(_WISHES):
        decorated = option(decorated)
    return options.analysis(options.sources(decorated))
