"""Options that several commands share, so that they mean and read the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

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
    """``--format`` with the formats that a command has; ``text`` says what its text is."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help=text,
    )


def _topologies(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Presets that begin so, and files."""
    from click.shell_completion import CompletionItem

    from promtrim.knowledge.index import shipped

    presets = [CompletionItem(name) for name in sorted(shipped().presets) if name.startswith(incomplete)]
    return [*presets, CompletionItem(incomplete, type="file")]


def analysis(function: Function) -> Function:
    """The options that decide what is read and what is known: the same for each command that analyses."""
    for option in reversed(_ANALYSIS):
        function = option(function)
    return function


_ANALYSIS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--topology",
        metavar="FILE|PRESET",
        shell_complete=_topologies,
        help="What is deployed: a topology file, or the name of a preset. [default: single-node]",
    ),
    level,
    click.option(
        "--config",
        metavar="FILE",
        type=click.Path(),
        help="Settings and overrides. [default: promtrim.yml in the rule file's folder or above]",
    ),
    click.option(
        "--root",
        metavar="DIR",
        type=click.Path(),
        help="Where to look for rule files that a prometheus.yml names by their path in a container.",
    ),
    click.option("--strict", is_flag=True, help="An unreadable expression is an error, not a kept rule."),
    click.option(
        "--max-size",
        metavar="MIB",
        type=click.IntRange(min=1),
        default=64,
        show_default=True,
        help="Refuse files larger than this, in MiB.",
    ),
)
