"""``promtrim push alertmanager``: silence what is dropped, see who hears of what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promtrim.cli import remote
from promtrim.cli.planning import Asked, planning
from promtrim.cli.pushing import Teller, either, how
from promtrim.errors import CallError

if TYPE_CHECKING:
    from datetime import datetime

    from promtrim.push.steps import Outcome

DEFAULT_DURATION = "1w"


@click.command(short_help="Silence dropped alerts in an Alertmanager; see who hears of the kept ones.")
@click.argument("paths", metavar="RULES...", nargs=-1, type=click.Path())
@click.option("--url", metavar="URL", required=True, help="The Alertmanager.")
@planning
@click.option("--match", metavar="NAME=VALUE", multiple=True, help="An external label of the Prometheus that sends "
              "the alerts, where --prometheus-config does not say. Repeatable.")  # fmt: skip
@click.option("--for", "duration", metavar="DURATION", help=f"How long the silences last. [default: {DEFAULT_DURATION}]")
@click.option("--until", metavar="TIME", help="When they end instead: 2030-01-31T08:00:00Z.")
@click.option("--scope", metavar="NAME", default="default", show_default=True, help="Whose silences these are: give each "
              "rule set that is pushed to one Alertmanager its own.")  # fmt: skip
@click.option("--drill", is_flag=True, help="Then send each kept alert once as a synthetic one, and see where it goes.")
@click.option("--drill-inhibiting", is_flag=True, help="Drill also alerts that would inhibit others while it lasts.")
@remote.access("alertmanager")
@how()
def command(
    paths: tuple[str, ...],
    url: str,
    asked: Asked,
    match: tuple[str, ...],
    duration: str | None,
    until: str | None,
    scope: str,
    drill: bool,
    drill_inhibiting: bool,
    access: remote.Access,
    dry_run: bool,
    yes: bool,
    undo: bool,
    form: str,
    no_color: bool,
) -> int:
    """Silence each dropped alert that can fire, and tell who hears of each kept one.

    A second run changes, extends and expires its own silences to match the plan, and touches nobody else's; --undo
    expires them all. No silence can match a kept alert.

    \b
      promtrim push alertmanager --url http://localhost:9093 alert_rules.yml --prometheus-config prometheus.yml
      promtrim push alertmanager --url http://localhost:9093 --undo --yes
    """
    either(paths, undo, "rule files")
    if duration is not None and until is not None:
        raise CallError("--for and --until both say when the silences end, give one of them")
    if drill_inhibiting and not drill:
        raise CallError("--drill-inhibiting says how to drill: give --drill as well")
    if not scope.isprintable() or any(char in scope for char in "(),"):
        raise CallError("--scope is a plain name: no brackets, no commas")
    ends = _end(duration or DEFAULT_DURATION, until)
    labels = dict(_label(each) for each in match)
    from promtrim import api

    teller = Teller(dry_run, yes, form, no_color)
    server = access.server(url)
    if undo:
        return teller.run(lambda: api.undo_alertmanager(server, scope=scope, go=teller.go, tell=teller.tell))
    plan = asked.plan(paths)

    def push() -> Outcome:
        return api.push_alertmanager(
            plan, server, ends=ends, prometheus_config=asked.prometheus_config,
            match=labels or None, scope=scope, drill=drill, drill_inhibiting=drill_inhibiting, config=asked.config,
            go=teller.go, tell=teller.tell,
        )  # fmt: skip

    return teller.run(push)


def _end(duration: str, until: str | None) -> datetime:
    from datetime import datetime, timedelta, timezone

    now = datetime.now(timezone.utc)
    if until is not None:
        try:
            ends = datetime.fromisoformat(until.replace("Z", "+00:00"))
        except ValueError:
            raise CallError(f"--until {until}: write a time such as 2030-01-31T08:00:00Z") from None
        ends = ends if ends.tzinfo is not None else ends.astimezone()
        if ends <= now:
            raise CallError(f"--until {until} is over")
        return ends.astimezone(timezone.utc)
    from promtrim.durations import parse_duration

    try:
        return now + timedelta(seconds=_positive(parse_duration(duration)))
    except (ValueError, OverflowError):
        raise CallError(f"--for {duration}: write a duration such as 12h, 3d or 4w") from None


def _positive(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError(seconds)
    return seconds


def _label(text: str) -> tuple[str, str]:
    import re

    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[a-zA-Z_]\w*", name):
        raise CallError(f"--match {text}: write NAME=VALUE, such as cluster=home")
    return name, value
