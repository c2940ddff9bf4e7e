"""``--format`` of the commands that check: several at once, each to standard output or, as ``FORM=FILE``, to a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click
import msgspec

from promtrim.cli import streams
from promtrim.errors import CallError

FORMS = ("text", "markdown", "json", "github", "sarif", "gitlab", "junit")


class Wanted(msgspec.Struct, frozen=True):
    """One format and where it goes."""

    form: str
    file: str | None
    """None: standard output."""


option = click.option(
    "--format",
    "formats_",
    metavar="FORM[=FILE]",
    multiple=True,
    help=f"{', '.join(FORMS)}; with =FILE it goes there, else to standard output. Repeatable. [default: text]",
)


def wanted(values: Sequence[str]) -> list[Wanted]:
    """What ``--format`` asks for; text goes to standard output where nothing else does.

    Raises:
        CallError: no such format, or two for one place.
    """
    found = [_one(value) for value in values]
    files = [each.file for each in found]
    for each in found:
        if files.count(each.file) > 1:
            where = f"the file {each.file}" if each.file else "standard output"
            raise CallError(f"two formats go to {where}, give all but one another file: --format {each.form}=FILE")
    return found if None in files else [Wanted("text", None), *found]


def _one(value: str) -> Wanted:
    form, equals, file = value.partition("=")
    if form not in FORMS:
        raise CallError(f"--format {value}: there is no such format, use one of {', '.join(FORMS)}")
    if equals and not file:
        raise CallError(f"--format {value}: a file's name is missing behind the =")
    return Wanted(form, file or None)


def write(outputs: Sequence[Wanted], render: Callable[[str, bool], str]) -> None:
    """Make all texts, then write them: files first, each atomically.

    Args:
        render: the text of a format; told whether it goes to standard output.

    Raises:
        OutputError: one cannot be written.
    """
    from promtrim.rulefile.writing import write_atomically

    texts: list[tuple[Wanted, str]] = [(each, render(each.form, each.file is None)) for each in outputs]
    for each, text in texts:
        if each.file is not None:
            write_atomically(each.file, text.encode("utf-8", "backslashreplace").decode())
    for each, text in texts:
        if each.file is None:
            streams.write_report(text)


def checking(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that checks: formats, what it fails on, the baseline."""
    for each in reversed((option, *_FAILING)):
        function = each(function)
    return function


_FAILING: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--fail-on",
        metavar="ID[,ID...]",
        multiple=True,
        help="Kinds of findings that make it exit 1, or none. "
        "[default: fail-on of promtrim.yml, else cannot-fire,always-fires,coverage-lost,blind-spot]",
    ),
    click.option(
        "--baseline",
        metavar="FILE",
        type=click.Path(),
        help="Findings that this file holds are neither shown nor a reason to fail.",
    ),
    click.option(
        "--write-baseline", metavar="FILE", type=click.Path(), help="Accept all present findings: write them there."
    ),
)
