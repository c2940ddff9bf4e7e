"""The entry point: finds the command, runs it, turns whatever goes wrong into one line and an exit status.

A command's module is imported only when that command runs: with a small file, start-up is what a user feels.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

# A short process whose values form no cycles: looking for some would take a third of its time, imports included.
gc.disable()

import click  # noqa: E402

from promtrim._version import __version__  # noqa: E402
from promtrim.cli import streams  # noqa: E402
from promtrim.cli.folder import CommandFolder  # noqa: E402
from promtrim.errors import ErrorGroup, PromtrimError  # noqa: E402

DONE, FOUND, WRONG = 0, 1, 2
"""Exit statuses: done; a check that was asked for found something; the input or the call is wrong."""

COMPLETION = "_PROMTRIM_COMPLETE"
"""Environment variable with which a completion script asks."""

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports of a process that SIGINT or SIGPIPE ended."""


@click.group(
    name="promtrim",
    cls=CommandFolder,
    package="promtrim.cli.commands",
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 a check asked for found something, 2 the input or the call is wrong.",
)
@click.version_option(__version__, prog_name="promtrim", message="%(prog)s %(version)s")
def cli() -> None:
    """Reduce Prometheus alert rules to the few that matter on a small deployment, and say why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status. Never raises, save for what a signal handler does.

    Args:
        arguments: what follows the program's name; None takes it from the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _run(words)
        streams.flush()
        return status
    except PromtrimError as error:
        return _failed(error.errors if isinstance(error, ErrorGroup) else [error])
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "promtrim"
        return _failed_call(command, error.format_message())
    except click.ClickException as error:
        return _failed_call("promtrim", error.format_message())
    except BrokenPipeError:
        # Whoever read our output has left (`| head`): nothing to say, and nobody to say it to.
        streams.abandon_output()
        return BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        streams.complain("promtrim: interrupted")
        return INTERRUPTED
    except OSError as error:
        streams.abandon_output()
        place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
        streams.complain(f"{place}{error.strerror or error}, look at its path and permissions")
        return WRONG
    except MemoryError:
        streams.complain("promtrim: out of memory, give it fewer rules at a time")
        return WRONG
    except Exception as error:
        return _crashed(error)


def _run(words: list[str]) -> int:
    instruction = os.environ.get(COMPLETION)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "promtrim", COMPLETION, instruction)
    # A chain of 2,000 operators is as deep as the parser lets through.
    sys.setrecursionlimit(20_000)
    # Not cli.main(): it has its own ideas of interrupts and broken pipes.
    try:
        with cli.make_context("promtrim", words or ["--help"]) as context:
            status = cli.invoke(context)
    except click.exceptions.Exit as finished:
        return finished.exit_code
    return status if isinstance(status, int) else DONE


def _failed(errors: Sequence[PromtrimError]) -> int:
    for error in errors:
        if isinstance(error, ErrorGroup):
            _failed(error.errors)
        elif error.file:
            streams.complain(str(error))
        else:
            streams.complain(f"promtrim: {error}")
    return WRONG


def _failed_call(command: str, message: str) -> int:
    streams.complain(f"{command}: {message.rstrip('.')}; see {command} --help")
    return WRONG


def _crashed(error: Exception) -> int:
    """A bug of ours: still one line, with what a report needs; ``PROMTRIM_DEBUG=1`` shows the whole trace."""
    if os.environ.get("PROMTRIM_DEBUG"):
        import traceback

        traceback.print_exception(error)
    place = ""
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if f"{os.sep}promtrim{os.sep}" in code.co_filename:
            place = f" at {code.co_filename.rpartition(f'{os.sep}promtrim{os.sep}')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    streams.complain(
        f"promtrim: internal error{place} ({type(error).__name__}: {error}), "
        f"please report it with the rule file and promtrim {__version__}"
    )
    return WRONG
