"""The kinds of trouble that a user can mend, each with its place. Nothing here prints or exits.

The command line turns each error into one line, ``file:line:column: what is wrong, and what to do``.
Programming errors do not belong here: they stay ordinary exceptions.
"""

from __future__ import annotations


class PromtrimError(Exception):
    """Something a user can mend.

    Attributes:
        message: what is wrong and what to do, one line, without the place.
        file: the file's name as the user gave it, or "" where there is none.
        line: line in the file, from 1; 0 where the whole file is meant.
        column: column in characters, from 1; 0 where the whole line is meant.
    """

    def __init__(self, message: str, file: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return f"{place}: {self.message}" if place else self.message


class InputError(PromtrimError):
    """A rule file, topology, configuration or manifest that cannot be read or is not what it should be."""


class CallError(PromtrimError):
    """The command or function was called with arguments that do not fit together."""


class ErrorGroup(PromtrimError):
    """Several errors at once: each is one line for the user."""

    def __init__(self, errors: list[PromtrimError]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


class OutputError(PromtrimError):
    """A result that cannot be written; nothing has been changed."""


class RemoteError(PromtrimError):
    """A server that did not answer, refused, or answered what it should not.

    Attributes:
        status: the HTTP status of its answer; 0 where there was none.
    """

    def __init__(self, message: str, url: str = "", status: int = 0) -> None:
        super().__init__(message, url)
        self.status = status
