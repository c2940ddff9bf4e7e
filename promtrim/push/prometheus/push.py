"""A push to a Prometheus from end to end: look, tell, do, compare; and taking the last one back."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence

import msgspec

from promtrim.errors import CallError, InputError, OutputError
from promtrim.http import Client
from promtrim.push import state
from promtrim.push.prometheus import history
from promtrim.push.prometheus.exchange import Work, carry_out
from promtrim.push.prometheus.files import Exchange, content, rules_in
from promtrim.push.prometheus.history import Entry, File
from promtrim.push.prometheus.loaded import loaded, of_file
from promtrim.push.prometheus.names import patterns, sweep_left
from promtrim.push.prometheus.reload import Reload, Reloader
from promtrim.push.steps import Outcome, Step

Go = Callable[[Outcome], bool]
Tell = Callable[[Step], None]
TARGET = "prometheus"


def push(
    client: Client, those: Sequence[Exchange], folder: str, plan: str, how: Reload, go: Go, tell: Tell
) -> Outcome:
    """Write reduced rule files, load them, compare; on any failure the old ones come back.

    Args:
        folder: the one that Prometheus reads.
        plan: the plan's id.

    Raises:
        CallError, InputError, OutputError: nothing was done, and what to do instead.
        RemoteError: Prometheus does not answer; nothing was done.
    """
    state.refuse_inside(folder)
    place = state.folder_for(TARGET, os.path.realpath(folder))
    with state.locked(place):
        those = _now(those)
        sweep_left(os.path.dirname(each.path) for each in those)
        unfinished = next((each for each in reversed(history.entries(place)) if each.phase == "begun"), None)
        if unfinished is not None:
            those = _with_originals(those, unfinished, place)
        check(those)
        reloader = Reloader(client, how, [each.path for each in those])
        wrong = [] if how.none else _look(client, reloader, those)
        changing = [each for each in those if each.changes]
        planned = [*(_planned(each) for each in those)]
        if not how.none:
            planned.append(Step("todo", "reload and compare", "; ".join(wrong[:3])) if changing or wrong else
                           Step("same", "Prometheus has loaded these rules"))  # fmt: skip
        intended = Outcome(TARGET, client.server.url, plan, tuple(planned), True, dry=True)
        if not go(intended):
            return intended
        if not changing and not wrong and unfinished is None:
            return Outcome(TARGET, client.server.url, plan, tuple(planned), True)
        files = tuple(File(each.path, history.digest(each.back), history.digest(each.new)) for each in those)
        entry = Entry(history.next_number(place), "begun", os.path.realpath(folder), client.server.url, plan, files)
        work = Work(tuple(those), place, entry, patterns(client))
        outcome = _run(client, plan, carry_out(work, reloader.apply), tell)
        if unfinished is not None and outcome.ok:
            history.sweep(unfinished)
            history.note(place, msgspec.structs.replace(unfinished, phase="rolled-back"))
        return outcome


def undo(client: Client, folder: str, how: Reload, overwrite: bool, go: Go, tell: Tell) -> Outcome:
    """Put back what the last push replaced.

    Args:
        overwrite: whether files go back that somebody has changed since.

    Raises:
        CallError: there is nothing to take back.
        InputError: somebody has changed a file since.
    """
    place = state.folder_for(TARGET, os.path.realpath(folder))
    with state.locked(place):
        entry = next((each for each in reversed(history.entries(place)) if each.phase in ("begun", "done")), None)
        if entry is None:
            raise CallError(f"there is no push to {folder} to take back")
        before = history.recall(place, entry)
        those = []
        for file, old in zip(entry.files, before, strict=True):
            now = content(file.path)
            if history.digest(now) not in (file.old, file.new) and not overwrite:
                message = "somebody has changed this file since the push; --overwrite puts the old one back"
                raise InputError(message, file.path)
            those.append(Exchange(file.path, now, old, now))
        planned = [_planned(each, "put back") for each in those]
        planned += [] if how.none else [Step("todo", "reload and compare")]
        intended = Outcome(TARGET, client.server.url, "", tuple(planned), True, dry=True)
        if not go(intended):
            return intended
        reloader = Reloader(client, how, [each.path for each in those], ("old", "pushed"))
        if not how.none:
            reloader.look()
        work = Work(tuple(those), place, entry, patterns(client), done="undone")
        outcome = _run(client, "", carry_out(work, reloader.apply, remembered=True), tell)
        if outcome.ok:
            history.sweep(entry)
        return outcome


def _run(client: Client, plan: str, steps: Iterator[Step], tell: Tell) -> Outcome:
    done = []
    for step in steps:
        tell(step)
        done.append(step)
    ok = all(step.mark != "failed" for step in done)
    return Outcome(TARGET, client.server.url, plan, tuple(done), ok)


def _planned(each: Exchange, verb: str = "write") -> Step:
    if not each.changes:
        return Step("same", each.path)
    if each.new is None:
        return Step("todo", f"remove {each.path}")
    lines = [0 if data is None else data.count(b"\n") for data in (each.old, each.new)]
    return Step("todo", f"{verb} {each.path}", f"{lines[0]} -> {lines[1]} lines")


def _now(those: Sequence[Exchange]) -> list[Exchange]:
    """The files as they are now that nobody else pushes."""
    return [msgspec.structs.replace(each, old=content(each.path), back=content(each.path)) for each in those]


def _with_originals(those: Sequence[Exchange], unfinished: Entry, place: str) -> list[Exchange]:
    """What a push that was stopped had replaced is what goes back, not what it left."""
    before = dict(zip((file.path for file in unfinished.files), history.recall(place, unfinished), strict=True))
    known = {file.path: {file.old, file.new} for file in unfinished.files}
    return [
        msgspec.structs.replace(each, back=before[each.path])
        if history.digest(each.old) in known.get(each.path, ()) else each
        for each in those
    ]  # fmt: skip


def _look(client: Client, reloader: Reloader, those: Sequence[Exchange]) -> list[str]:
    """How what is loaded differs from the new rules.

    Raises:
        InputError: this Prometheus does not read these files.
    """
    groups = loaded(client)
    for each in those:
        has_rules = each.old is not None and any(rule.loaded for rule in rules_in(each.old, each.path))
        if has_rules and not of_file(groups, each.path):
            message = f"the Prometheus at {client.server.url} has loaded nothing of this file: check --url and --rules-dir"
            raise InputError(message, each.path)
    reloader.look()
    return reloader.differences(those)


def check(those: Sequence[Exchange]) -> None:
    """Let promtool check the new files, where it is installed.

    Raises:
        InputError: it refuses one.
    """
    program = shutil.which("promtool")
    if program is None:
        return
    with tempfile.TemporaryDirectory(prefix="promtrim-") as folder:
        for index, each in enumerate(those):
            if each.new is None or not each.changes:
                continue
            path = os.path.join(folder, f"{index}.yml")
            with open(path, "wb") as stream:
                stream.write(each.new)
            try:
                done = subprocess.run(
                    [program, "check", "rules", path], capture_output=True, text=True, errors="replace", timeout=60,
                    check=False, stdin=subprocess.DEVNULL,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as error:
                raise OutputError(f"promtool cannot be asked ({error})", each.path) from None
            if done.returncode == 1:  # 3: lint alone
                said = " ".join((done.stderr + done.stdout).replace(path, each.path).split())
                raise InputError(f"promtool refuses the reduced file ({said[:300]}): mend the original", each.path)
