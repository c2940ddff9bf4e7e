"""That a trimmed configuration delivers as the whole one did: by our own routing, and by amtool where it is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from promtrim.alertmanager.amtool import Amtool
from promtrim.alertmanager.document import Held
from promtrim.alertmanager.dummies import with_dummies
from promtrim.alertmanager.routing import having, routes_of
from promtrim.alertmanager.samples import samples
from promtrim.alertmanager.sent import Sent
from promtrim.alertmanager.trim import Trimmed
from promtrim.errors import InputError
from promtrim.stack.alertmanager_config import AlertmanagerConfig

ASKED = 40
"""Label sets that amtool is asked about beyond one for each alert; it starts a process for each."""


class Proof(msgspec.Struct, frozen=True):
    """What was compared."""

    label_sets: int
    """By our own routing, before and after."""
    asked: int
    """By amtool; 0 where it is not installed or does not take the original."""
    refused_before: str = ""
    """Why amtool takes neither the original nor the result, if so."""
    amtool: bool = False
    """Whether amtool is installed."""


def receivers(config: AlertmanagerConfig, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The receivers that an alert with exactly these labels goes to, in order."""
    assert config.route is not None
    found = routes_of(config.route, having(labels, closed=True))
    return tuple(each.route.receiver for each in found)


def prove(trimmed: Trimmed, alerts: Sequence[Sent], program: str | None) -> Proof:
    """Compare deliveries before and after.

    Args:
        program: path of amtool, None where there is none.

    Raises:
        InputError: a kept alert would go elsewhere, or Alertmanager would refuse the result; nothing is lost.
    """
    before, after = trimmed.before.config, trimmed.after.config
    sets = [(alert.name, each) for alert in alerts for each in samples(alert.labels, before)]
    for name, labels in sets:
        old, new = receivers(before, labels), receivers(after, labels)
        if old != new:
            raise _elsewhere(trimmed, name, labels, old, new, "")
    if program is None:
        return Proof(len(sets), 0)
    with Amtool(program, _checkable(trimmed.before)) as old_tool, Amtool(program, _checkable(trimmed.after)) as new_tool:
        refused = old_tool.refusal()
        if refused:
            return Proof(len(sets), 0, refused, True)
        if wrong := new_tool.refusal():
            raise InputError(f"amtool would refuse the result ({wrong}), please report this", trimmed.file)
        asked = 0
        for name, labels, answers in _answers(_first_of_each(sets), old_tool, new_tool):
            if answers[0] is None:
                continue
            asked += 1
            if answers[0] != answers[1] or answers[0] != receivers(after, labels):
                raise _elsewhere(trimmed, name, labels, answers[0], answers[1] or (), "amtool says that ")
    return Proof(len(sets), asked, "", True)


Answers = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


def _answers(
    sets: Sequence[tuple[str, dict[str, str]]], old: Amtool, new: Amtool
) -> Iterator[tuple[str, dict[str, str], Answers]]:
    """What amtool says before and after, a few processes at a time."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(labels: dict[str, str]) -> Answers:
        return old.receivers(labels), new.receivers(labels)

    with ThreadPoolExecutor(4) as pool:
        for (name, labels), answers in zip(sets, pool.map(ask, [labels for _, labels in sets]), strict=True):
            yield name, labels, answers


def _first_of_each(sets: Sequence[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    """The plainest label set of every alert, and some of the further ones."""
    seen: set[str] = set()
    first: list[tuple[str, dict[str, str]]] = []
    more: list[tuple[str, dict[str, str]]] = []
    for name, labels in sets:
        (more if name in seen else first).append((name, labels))
        seen.add(name)
    return [*first, *more[:ASKED]]


def _checkable(held: Held) -> str:
    """The configuration alone, variables filled in."""
    space = held.space
    if len(held.path) == 1:
        return with_dummies(space.text, held.file)
    from promtrim.rulefile.flow import flow_text

    return with_dummies(flow_text(held.root), held.file)  # below other keys of a values file: written anew


def _elsewhere(
    trimmed: Trimmed, name: str, labels: Mapping[str, str], old: Sequence[str], new: Sequence[str], who: str
) -> InputError:
    shown = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    said = f"{who}{name} with {shown} would go to {', '.join(new)} instead of {', '.join(old)}, please report this"
    return InputError(said, trimmed.file)
