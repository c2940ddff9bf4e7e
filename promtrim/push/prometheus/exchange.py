"""Puts one set of rule files in the place of another, step by step, and the old one back where anything fails.

New contents are written whole under temporary names first, and the old ones get a second name: from then on only names
change, so a full disk cannot stop it half-way. Stopped between any two steps, the next push or ``--undo`` goes on from
what the history says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import msgspec

from promtrim.errors import OutputError, PromtrimError
from promtrim.push.prometheus import history
from promtrim.push.prometheus.files import Exchange
from promtrim.push.prometheus.history import Entry, File
from promtrim.push.prometheus.names import free_name
from promtrim.push.steps import Step
from promtrim.rulefile.writing import put, stage

Apply = Callable[[Sequence[Exchange], bool], Iterator[Step]]
"""Makes Prometheus load what the files now hold and compares; yields steps, a failed one where it did not. The flag says
whether the old content is back."""


class Work(msgspec.Struct, frozen=True):
    """What is to be done."""

    those: tuple[Exchange, ...]
    state: str
    """The target's state folder."""
    entry: Entry
    """As it shall be remembered; ``done`` is what it becomes."""
    patterns: tuple[str, ...]
    done: history.Phase = "done"


def carry_out(work: Work, apply: Apply, remembered: bool = False) -> Iterator[Step]:
    """Exchange the files; the caller may stop between any two steps.

    Args:
        remembered: whether the history has this entry already (undoing one).
    """
    changing = [each for each in work.those if each.changes]
    entry = work.entry
    try:
        if not remembered:
            history.remember(work.state, entry, work.those)
            yield Step("done", "keep what is there", work.state)
        files = [_staged(each, work.patterns) for each in changing]
    except PromtrimError as error:
        if not remembered:
            _note(work, "rolled-back", entry.files)
        yield Step("failed", "write the files beside what is there", str(error))
        return
    names = {file.path: file for file in files}
    _note(work, entry.phase, [names.get(file.path, file) for file in entry.files])
    yield Step("done", f"write {len(files)} file(s) beside what is there") if files else Step("same", "the files")
    failure = ""
    for each, file in zip(changing, files, strict=True):
        try:
            _put(each, file)
        except OSError as error:
            failure = f"{each.path}: {error.strerror}"
            break
        yield Step("done", f"put {each.path} in place" if each.new is not None else f"remove {each.path}")
    if not failure:
        for step in apply(work.those, False):
            yield step
            if step.mark == "failed":
                failure = step.detail or step.text
    if failure:
        yield from _take_back(work, changing, files, apply, failure, remembered)
        return
    _note(work, work.done, entry.files)
    _sweep(files)
    yield Step("done", "note that this push is done" if work.done == "done" else "note that it is taken back")


def _take_back(
    work: Work, changing: Sequence[Exchange], files: Sequence[File], apply: Apply, failure: str, remembered: bool
) -> Iterator[Step]:
    yield Step("failed", "they did not come up, what was there goes back", failure)
    wrong = ""
    for each, file in zip(changing, files, strict=True):
        try:
            _put_back(each, file, work.patterns)
        except (OSError, OutputError) as error:
            wrong = wrong or f"{each.path}: {error}"
    if wrong:
        yield Step("failed", "put back what was there", f"{wrong}; they are kept in {work.state}")
        return
    yield Step("done", "put back what was there")
    yield from apply(work.those, True)
    if not remembered:
        _note(work, "rolled-back", work.entry.files)
    _sweep(files)


def _staged(each: Exchange, patterns: Sequence[str]) -> File:
    """The new content under a temporary name, and a second name for the old one.

    Raises:
        OutputError: it cannot be written; nothing has been changed.
    """
    staged = link = ""
    target = each.path
    try:
        folder = os.path.dirname(target)
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(target):
            os.close(os.open(target, os.O_WRONLY))  # a name may be put over a file that nobody may write
        if each.new is not None:
            staged = free_name(target, patterns)
            stage(staged, each.new, os.stat(target) if os.path.exists(target) else None)
        if each.old is not None:
            link = free_name(target, patterns)
            try:
                os.link(target, link)
            except OSError:
                link = ""  # no second names here: what the state folder holds will do
    except OSError as error:
        for name in (staged, link):
            if name:
                with suppress(OSError):
                    os.unlink(name)
        raise OutputError(f"cannot be written ({error.strerror}): nothing was changed", target) from None
    return File(target, history.digest(each.back), history.digest(each.new), staged, link)


def _put(each: Exchange, file: File) -> None:
    if each.new is not None:
        put(file.staged, each.path)
    else:
        os.unlink(each.path)


def _put_back(each: Exchange, file: File, patterns: Sequence[str]) -> None:
    if each.back is None:
        with suppress(FileNotFoundError):
            os.unlink(each.path)
    elif file.link and each.back == each.old and os.path.exists(file.link):
        # Two names of one file: a rename between them would do nothing, so only where the name was taken.
        if not os.path.exists(each.path) or not os.path.samefile(file.link, each.path):
            put(file.link, each.path)
    else:
        name = free_name(each.path, patterns)
        stage(name, each.back, os.stat(each.path) if os.path.exists(each.path) else None)
        put(name, each.path)


def _note(work: Work, phase: history.Phase, files: Sequence[File]) -> None:
    with suppress(OutputError):  # told by what the files hold: their hashes are in the history
        history.note(work.state, msgspec.structs.replace(work.entry, phase=phase, files=tuple(files)))


def _sweep(files: Sequence[File]) -> None:
    for file in files:
        for name in (file.staged, file.link):
            if name:
                with suppress(OSError):
                    os.unlink(name)
