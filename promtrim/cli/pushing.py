"""What all targets of ``push`` share: dry run, confirmation, telling steps, exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promtrim.cli import options, streams
from promtrim.errors import CallError, RemoteError

if TYPE_CHECKING:
    from promtrim.push.steps import Outcome, Step

Function = TypeVar("Function", bound=Callable[..., Any])
NOT_AS_WANTED = 1


def how(undo: bool = True) -> Callable[[Function], Function]:
    """``--dry-run``, ``--yes``, ``--undo``, ``--format`` and ``--no-color``."""

    def decorate(function: Function) -> Function:
        decorated: Any = function
        given = [
            click.option("--dry-run", is_flag=True,
                         help="Tell what would be done: the default without a terminal or --yes."),
            click.option("--yes", "-y", is_flag=True, help="Do it without asking."),
            *([click.option("--undo", is_flag=True, help="Take the last push back.")] if undo else []),
            options.output_format("text", "json", text="json prints one object when all is done."),
            options.no_color,
        ]
        for option in reversed(given):
            decorated = option(decorated)
        result: Function = decorated
        return result

    return decorate


def either(paths: Sequence[str], undo: bool, what: str) -> None:
    """A push names what it takes to the server, ``--undo`` knows by itself.

    Args:
        what: how the paths are called.

    Raises:
        CallError: both were given, or neither.
    """
    if bool(paths) is undo:
        raise CallError(f"--undo takes no {what}" if undo else f"name the {what}, or say --undo")


class Teller:
    """Shows what would be done, asks, shows what is done."""

    def __init__(self, dry_run: bool, yes: bool, form: str, no_color: bool) -> None:
        if dry_run and yes:
            raise CallError("--dry-run does nothing and --yes does it, give one of them")
        from promtrim.output.terminal import Paint

        terminal = all(streams.on_terminal(each) for each in (sys.stdin, sys.stdout))
        self._asks = terminal and not yes and not dry_run and form == "text"
        self._dry = dry_run or (not yes and not self._asks)
        self._form = form
        self._paint = Paint(streams.colored(sys.stdout, no_color))

    def go(self, outcome: Outcome) -> bool:
        """Show what would be done; say whether to do it."""
        from promtrim.output import push as words

        if self._form == "text" and (self._dry or self._asks):
            streams.write_report(words.whole(outcome, self._paint, streams.width(sys.stdout)))
        elif self._form == "text":
            streams.write_report(words.head(outcome, self._paint))
            for step in outcome.steps:
                if step.mark in ("refused", "note"):
                    self.tell(step)
        if self._dry:
            return False
        return not self._asks or not outcome.pending or click.confirm("Do it?", default=False)

    def tell(self, step: Step) -> None:
        """Show a step that was done."""
        from promtrim.output import push as words

        if self._form == "text":
            streams.write_report(words.line(step, self._paint, streams.width(sys.stdout)))

    def run(self, push: Callable[[], Outcome]) -> int:
        """Run a push, tell how it ended, and give the exit status."""
        from promtrim.output import push as words

        try:
            outcome = push()
        except RemoteError as error:
            streams.flush()
            streams.complain(str(error))
            return NOT_AS_WANTED
        if self._form == "json":
            import msgspec

            text = msgspec.json.format(msgspec.json.encode(words.report(outcome)), indent=2).decode()
            streams.write_report(text + "\n")
        else:
            streams.write_report(words.end(outcome, self._paint))
        return 0 if outcome.ok else NOT_AS_WANTED
