"""Named things on a server (rule groups, dashboards), exchanged one by one, read back, and put back where that fails.

What they are and how a server takes them is each target's :class:`Store`. What was there is kept before the first of them
changes, for ``--undo`` and for the push that finds one that was stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from promtrim.errors import CallError, InputError, OutputError, PromtrimError, RemoteError
from promtrim.push import state
from promtrim.push.steps import Outcome, Step
from promtrim.rulefile.writing import write_atomically

Go = Callable[[Outcome], bool]
Tell = Callable[[Step], None]
Phase = Literal["begun", "done", "undone", "rolled-back"]
KEPT = 10
"""Pushes of a target that can be taken back."""


class Store(Protocol):
    """Things on a server. Values are plain data; None is a thing that is not there."""

    kind: str
    """What one of them is called: ``rule group``."""

    def read(self, name: str) -> Any:
        """The thing, or None."""

    def write(self, name: str, value: Any, before: Any) -> None:
        """Create it, or change what was ``before``; refused where it is no longer that, if the server can tell."""

    def remove(self, name: str) -> None:
        """Take it away; one that is gone is as good as removed."""

    def same(self, one: Any, other: Any) -> bool:
        """Whether two values mean the same."""


class Change(msgspec.Struct, frozen=True):
    """One thing, before and after."""

    name: str
    old: Any
    new: Any
    back: Any = None
    """What is put back; differs from ``old`` where an earlier push was stopped in the middle."""


class Record(msgspec.Struct, frozen=True):
    """One push, as it is remembered."""

    number: int
    phase: Phase
    address: str
    plan: str
    changes: tuple[Change, ...]


class Target(msgspec.Struct, frozen=True):
    """What is pushed to."""

    name: str
    address: str
    place: str
    """Its state folder."""


def target(name: str, address: str, *more: str) -> Target:
    """A target and its state folder.

    Raises:
        OutputError: the state folder cannot be made.
    """
    return Target(name, address, state.folder_for(name, "\n".join((address, *more))))


def push(
    goal: Target, store: Store, wanted: Mapping[str, Any], plan: str, go: Go, tell: Tell,
    known: Callable[[str, Any], str] = lambda name, value: "", notes: Sequence[Step] = (),
) -> Outcome:  # fmt: skip
    """Make things as they are wanted; None takes one away.

    Args:
        known: says why a thing that is there must not be replaced, "" where it may; what our last push wrote may.

    Raises:
        InputError: something that is there must not be replaced.
        OutputError, RemoteError: nothing was done.
    """
    with state.locked(goal.place):
        remembered = records(goal.place)
        unfinished = next((each for each in reversed(remembered) if each.phase == "begun"), None)
        changes = []
        for name, new in wanted.items():
            old = store.read(name)
            if old is not None and not store.same(old, new) and not _ours(store, remembered, name, old):
                why = known(name, old)
                if why:
                    raise InputError(f"the {store.kind} {name!r}: {why}", goal.address)
            changes.append(Change(name, old, new, _original(store, unfinished, name, old)))
        changing = [each for each in changes if not store.same(each.old, each.new)]
        planned = (*(_planned(store, each) for each in changes), *notes)
        intended = Outcome(goal.name, goal.address, plan, planned, True, dry=True)
        if not go(intended):
            return intended
        if not changing:
            if unfinished is not None:
                _note(goal.place, msgspec.structs.replace(unfinished, phase="done"))
            return Outcome(goal.name, goal.address, plan, planned, True)
        kept = changing if unfinished is None else [each for each in changes if not store.same(each.back, each.new)]
        record = Record(_next(goal.place), "begun", goal.address, plan, tuple(kept))
        outcome = _run(goal, plan, exchange(goal, store, changing, record), tell)
        if unfinished is not None and outcome.ok:
            _note(goal.place, msgspec.structs.replace(unfinished, phase="rolled-back"))
        return outcome


def undo(goal: Target, store: Store, overwrite: bool, go: Go, tell: Tell) -> Outcome:
    """Put back what the last push replaced.

    Raises:
        CallError: there is nothing to take back.
        InputError: somebody has changed a thing since.
    """
    with state.locked(goal.place):
        record = next((each for each in reversed(records(goal.place)) if each.phase in ("begun", "done")), None)
        if record is None:
            raise CallError(f"there is no push to {goal.address} to take back")
        changes = []
        for each in record.changes:
            now = store.read(each.name)
            if not (overwrite or store.same(now, each.new) or store.same(now, each.back)):
                message = f"somebody has changed the {store.kind} {each.name!r} since; --overwrite puts the old one back"
                raise InputError(message, goal.address)
            changes.append(Change(each.name, now, each.back, now))
        planned = tuple(_planned(store, each) for each in changes)
        intended = Outcome(goal.name, goal.address, "", planned, True, dry=True)
        if not go(intended):
            return intended
        changing = [each for each in changes if not store.same(each.old, each.new)]
        return _run(goal, "", exchange(goal, store, changing, record, "undone"), tell)


def exchange(
    goal: Target, store: Store, changes: Sequence[Change], record: Record, becomes: Phase = "done"
) -> Iterator[Step]:
    """Make the changes one by one, telling each; the caller may stop between any two."""
    if becomes == "done":
        try:
            write_atomically(_path(goal.place, record.number), msgspec.json.encode(record).decode())
        except OutputError as error:
            yield Step("failed", "keep what is there", f"{error}; nothing was changed")
            return
        yield Step("done", "keep what is there", goal.place)
    done: list[Change] = []
    for change in changes:
        verb = "remove" if change.new is None else "create" if change.old is None else "change"
        text = f"{verb} {store.kind} {change.name}"
        done.append(change)  # also where its answer is lost: it may be there
        try:
            _put(store, change.name, change.new, change.old)
            found = store.read(change.name)
            if not store.same(found, change.new):
                raise RemoteError("read back, it is not what was sent", goal.address)
        except PromtrimError as error:
            yield Step("failed", text, str(error))
            yield from _take_back(store, done)
            if becomes == "done":
                _note(goal.place, msgspec.structs.replace(record, phase="rolled-back"))
            return
        yield Step("done", text)
    _note(goal.place, msgspec.structs.replace(record, phase=becomes))


def _take_back(store: Store, done: Sequence[Change]) -> Iterator[Step]:
    for change in reversed(done):
        text = f"put back {store.kind} {change.name}"
        try:
            now = store.read(change.name)
            if not store.same(now, change.back):
                _put(store, change.name, change.back, now)
                if not store.same(store.read(change.name), change.back):
                    raise RemoteError("read back, it is not what was there")
        except PromtrimError as error:
            yield Step("failed", text, f"{error}; run --undo when the server answers")
        else:
            yield Step("done", text)


def _put(store: Store, name: str, value: Any, before: Any) -> None:
    if value is None:
        store.remove(name)
    else:
        store.write(name, value, before)


def _run(goal: Target, plan: str, steps: Iterator[Step], tell: Tell) -> Outcome:
    done = []
    for step in steps:
        tell(step)
        done.append(step)
    return Outcome(goal.name, goal.address, plan, tuple(done), all(step.mark != "failed" for step in done))


def _planned(store: Store, change: Change) -> Step:
    text = f"{store.kind} {change.name}"
    if store.same(change.old, change.new):
        return Step("same", text)
    return Step("todo", f"{'remove' if change.new is None else 'create' if change.old is None else 'change'} {text}")


def _ours(store: Store, remembered: Sequence[Record], name: str, value: Any) -> bool:
    """Whether a thing is as our last push of it left it."""
    for record in reversed(remembered):
        for change in record.changes:
            if change.name == name and record.phase in ("begun", "done"):
                return store.same(change.new, value)
    return False


def _original(store: Store, unfinished: Record | None, name: str, old: Any) -> Any:
    """What was there before a push that was stopped, where it has changed this thing."""
    for change in unfinished.changes if unfinished is not None else ():
        if change.name == name and store.same(change.new, old):
            return change.back
    return old


def records(place: str) -> list[Record]:
    """The pushes that are remembered, the newest last."""
    found = []
    for name in sorted(os.listdir(place)):
        if name.endswith(".json"):
            try:
                with open(os.path.join(place, name), "rb") as stream:
                    found.append(msgspec.json.decode(stream.read(), type=Record))
            except (OSError, msgspec.DecodeError, msgspec.ValidationError):
                continue
    return found


def _path(place: str, number: int) -> str:
    return os.path.join(place, f"{number:06d}.json")


def _next(place: str) -> int:
    numbers = [each.number for each in records(place)]
    for number in numbers[: -(KEPT - 1)]:
        try:
            os.unlink(_path(place, number))
        except OSError:
            continue
    return max(numbers, default=0) + 1


def _note(place: str, record: Record) -> None:
    try:
        write_atomically(_path(place, record.number), msgspec.json.encode(record).decode())
    except OutputError:
        return  # told by what the server holds when it is read next
