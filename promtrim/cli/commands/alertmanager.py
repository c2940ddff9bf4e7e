"""``promtrim alertmanager``: what a reduced set of alerts needs of an Alertmanager's configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import options, remote, streams
from promtrim.cli.planning import Asked, planning
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.alertmanager.model import Account


@click.group(short_help="Trim an Alertmanager configuration to the alerts that are kept.")
def command() -> None:
    """Trim an Alertmanager configuration to the alerts that are kept."""


@command.command(name="trim", short_help="Cut routes, receivers and inhibition rules that no kept alert needs.")
@click.argument("config_file", metavar="CONFIG", type=click.Path())
@click.argument("paths", metavar="RULES...", nargs=-1, required=True, type=click.Path())
@planning
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write the trimmed configuration there.")
@click.option("--in-place", is_flag=True, help="Write it over CONFIG, atomically.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if anything would be cut.")
@click.option(
    "--only-sender",
    is_flag=True,
    help="Nothing but these rules sends to this Alertmanager: cut whatever they do not need.",
)
@click.option(
    "--alertmanager",
    "url",
    metavar="URL",
    help="A running Alertmanager: keep what alerts of other senders use that are live now, and cut the rest.",
)
@click.option(
    "--no-label",
    "absent",
    metavar="NAME",
    multiple=True,
    help="No alert carries this label unless its rule or expression says so. Repeatable.",
)
@remote.access("alertmanager")
@options.output_format("text", "json", text="text prints the configuration, and an account on standard error; "
                       "json prints the account.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="No account on standard error.")
@options.no_color
def trim(
    config_file: str,
    paths: tuple[str, ...],
    asked: Asked,
    output: str | None,
    in_place: bool,
    check: bool,
    only_sender: bool,
    url: str | None,
    absent: tuple[str, ...],
    access: remote.Access,
    form: str,
    quiet: bool,
    no_color: bool,
) -> int:
    """Cut what the alerts that stay after promtrim reduce do not need of an Alertmanager's configuration.

    Routes that no kept alert can reach, receivers that no route uses, inhibition rules whose source or target is gone,
    unused time intervals and notification templates. What stays is byte for byte as it was. A route that asks for a label
    of which nothing is known stays.

    Other programs may send to the same Alertmanager: without --only-sender or --alertmanager only what no alert of
    anybody can reach is cut, and the rest is told.

    \b
      promtrim alertmanager trim alertmanager.yml alert_rules.yml --only-sender -o trimmed.yml
      promtrim alertmanager trim alertmanager.yml rules/ --alertmanager http://localhost:9093 --in-place
    """
    if in_place and output is not None:
        raise CallError("--in-place and -o say two places to write, give one of them")
    if check and (in_place or output is not None):
        raise CallError("--check writes nothing, leave out --in-place and -o")
    if only_sender and url is not None:
        raise CallError("--only-sender says that there are no others, and --alertmanager looks for them: give one")
    from promtrim import api

    plan = asked.plan(paths)
    account = api.trim_alertmanager(
        plan,
        config_file,
        prometheus_config=asked.prometheus_config,
        absent=absent,
        only_sender=only_sender,
        alertmanager=access.server(url) if url is not None else None,
        root=asked.root,
        config=asked.config,
    )
    if not check:
        _write(account, config_file if in_place else output, form)
    _tell(account, form, quiet, no_color)
    return 1 if check and account.trimmed.changed else 0


def _write(account: Account, place: str | None, form: str) -> None:
    trimmed = account.trimmed
    if place is not None:
        from promtrim.rulefile.writing import write_atomically

        write_atomically(place, trimmed.text, trimmed.bom)
    elif form == "text":
        streams.write_rules(trimmed.text, trimmed.bom)


def _tell(account: Account, form: str, quiet: bool, no_color: bool) -> None:
    from promtrim.output import trim as words

    if form == "json":
        import msgspec

        streams.write_report(msgspec.json.format(msgspec.json.encode(words.report(account)), indent=2).decode() + "\n")
    elif not quiet:
        from promtrim.output.terminal import Paint

        paint = Paint(streams.colored(sys.stderr, no_color))
        streams.write_account(words.text(account, paint, streams.width(sys.stderr)))
