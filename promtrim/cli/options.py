"""Options that several commands share, so that they mean and read the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from promtrim.http import Server
    from promtrim.stack.sources import Sources

Function = TypeVar("Function", bound=Callable[..., Any])

LEVELS = ("relevant", "critical", "essential")

paths = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
"""Files, directories, globs; ``-`` is standard input. The reader checks them: it names each wrong one."""

level = click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="How much to keep: all that can say something here, what is critical, or one alert "
    "per thing that matters. [default: critical]",
)
no_color = click.option("--no-color", is_flag=True, help="No colours; NO_COLOR does the same.")


def output_format(*formats: str, text: str) -> Callable[[Function], Function]:
    """``--format`` with the formats that a command has, the default first; ``text`` says what its text is."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help=text,
    )


def _topologies(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Presets that begin so, and files."""
    from click.shell_completion import CompletionItem

    from promtrim.knowledge.index import shipped

    presets = [CompletionItem(name) for name in sorted(shipped().presets) if name.startswith(incomplete)]
    return [*presets, CompletionItem(incomplete, type="file")]


topology = click.option(
    "--topology",
    metavar="FILE|PRESET",
    shell_complete=_topologies,
    help="What is deployed: a topology file, or the name of a preset. [default: single-node]",
)
config = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    help="Settings and overrides. [default: promtrim.yml in the rule file's folder or above]",
)
root = click.option(
    "--root",
    metavar="DIR",
    type=click.Path(),
    help="Where to look for rule files that a prometheus.yml names by their path in a container.",
)
max_size = click.option(
    "--max-size",
    metavar="MIB",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Refuse files larger than this, in MiB.",
)


def analysis(function: Function) -> Function:
    """The options that decide what is read and what is known: the same for each command that analyses."""
    for option in reversed(_ANALYSIS):
        function = option(function)
    return function


_ANALYSIS: tuple[Callable[[Any], Any], ...] = (
    topology,
    level,
    config,
    root,
    click.option("--strict", is_flag=True, help="An unreadable expression is an error, not a kept rule."),
    max_size,
)


coverage = click.option(
    "--coverage", is_flag=True, help="Also show which component and failure mode is watched before and after, and by whom."
)
suggest = click.option(
    "--suggest",
    is_flag=True,
    help="Also give ready rules for essential things that nothing watches, on metrics that are really there, "
    "and checks from outside for what users touch.",
)


def sources(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name what a topology is read from; the command gets one ``sources``, None where none is given.

    A command may take a folder too, as ``folder`` or ``what``.
    """

    @wraps(function)
    def with_sources(
        *arguments: Any, kubernetes: tuple[str, ...], compose: tuple[str, ...], prometheus_config: tuple[str, ...],
        alertmanager_config: tuple[str, ...], prometheus: tuple[str, ...], closed: bool, **named: Any,
    ) -> Any:  # fmt: skip
        folder = named.get("folder") or named.get("what")
        given = _sources(
            kubernetes, compose, prometheus_config, alertmanager_config, prometheus, closed, folder is not None
        )  # fmt: skip
        return function(*arguments, sources=given, **named)

    for option in reversed(_SOURCES):
        with_sources = option(with_sources)
    return with_sources


def _sources(
    kubernetes: Sequence[str], compose: Sequence[str], prometheus: Sequence[str], alertmanager: Sequence[str],
    live: Sequence[str], closed: bool, beside: bool,
) -> Sources | None:  # fmt: skip
    """Compose files of one folder are one project, as for ``docker compose -f a.yml -f b.yml``.

    Args:
        beside: whether a folder is looked through as well.
    """
    if not (kubernetes or compose or prometheus or alertmanager or live):
        if closed and not beside:
            raise click.UsageError("--closed says that manifests are complete: give --kubernetes as well")
        if not closed:
            return None
    import os

    from promtrim.stack.sources import Sources

    projects: dict[str, list[str]] = {}
    for file in compose:
        projects.setdefault(os.path.dirname(os.path.abspath(file)), []).append(file)
    return Sources(
        kubernetes=list(kubernetes),
        compose=list(projects.values()),
        prometheus_config=list(prometheus),
        alertmanager_config=list(alertmanager),
        prometheus=_servers(live) if live else [],
        closed=closed,
    )


def _servers(urls: Sequence[str]) -> list[Server]:
    from promtrim.cli.remote import from_environment

    access = from_environment("prometheus")
    return [access.server(url) for url in dict.fromkeys(urls)]


_SOURCES: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--kubernetes",
        metavar="PATH",
        multiple=True,
        type=click.Path(),
        help="Manifests to read the topology from: a file, a folder, a kustomization. May be given several times.",
    ),
    click.option(
        "--compose",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="A compose file to read the topology from; those of one folder are laid over each other.",
    ),
    click.option(
        "--prometheus-config",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="A prometheus.yml: what is scraped, which rules are loaded, where alerts go.",
    ),
    click.option(
        "--alertmanager-config",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="An alertmanager.yml: who is told.",
    ),
    click.option(
        "--prometheus",
        metavar="URL",
        multiple=True,
        help="A running Prometheus, or what has its API: what it scrapes, has loaded and counts, only read. Credentials: "
        "PROMTRIM_PROMETHEUS_TOKEN, _USER and _PASSWORD, or each with _FILE; _CA_FILE, _HEADER_FILE, _TIMEOUT.",
    ),
    click.option(
        "--closed",
        is_flag=True,
        help="The manifests show everything that runs, add-ons of the cluster too: what they lack is not there.",
    ),
)
