"""Writes docs/commands.md from the commands' own help texts: ``reference.py [--check]``.

It walks click's values rather than printing ``--help``, whose layout differs from one click to the next.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from promtrim.cli.main import cli

TARGET = Path(__file__).resolve().parent.parent / "docs" / "commands.md"

HEAD = """\
# Commands

Written by `make docs` from the commands' help texts; a test compares the two.

"""


def reference() -> str:
    """The whole document."""
    context = cli.make_context("promtrim", [], resilient_parsing=True)
    parts = [HEAD, f"{cli.help}\n\n{cli.epilog}\n\n```\npromtrim [OPTIONS] COMMAND [ARGS]...\n```\n"]
    parts.append(_options(cli, context))
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts.append(_section(command, name, context))
    return "".join(parts)


def _section(command: click.Command, name: str, parent: click.Context, depth: int = 2) -> str:
    """A command; of a group its own commands below it."""
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    path = f"{parent.command_path} {name}"
    usage = " ".join(command.collect_usage_pieces(context))
    text = f"\n{'#' * depth} {path}\n\n```\n{path} {usage}\n```\n\n{_text(command)}\n{_options(command, context)}"
    if isinstance(command, click.Group):
        for each in sorted(command.list_commands(context)):
            below = command.get_command(context, each)
            assert below is not None
            text += _section(below, each, context, depth + 1)
    return text


def _text(command: click.Command) -> str:
    """The help text; paragraphs that click leaves as they are (behind ``\\b``) become code."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(
        "```\n" + inspect.cleandoc(paragraph[1:].lstrip("\n")) + "\n```" if paragraph.startswith("\b") else paragraph
        for paragraph in paragraphs
    )


def _options(command: click.Command, context: click.Context) -> str:
    rows = []
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record and isinstance(param, click.Option):
            default = f" [default: {param.default}]" if param.show_default is True else ""
            rows.append(f"| `{_cell(record[0])}` | {_cell(param.help or '')}{default} |")
    return "\n| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    text = reference()
    if "--check" in arguments:
        if not TARGET.exists() or TARGET.read_text("utf-8") != text:
            print(f"{TARGET}: not what the help texts say, run make docs", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
