"""What of an Alertmanager configuration kept alerts do not need, and the configuration without it: cut, not rewritten.

Decides; asking amtool is for :mod:`promtrim.alertmanager.proof`, words for :mod:`promtrim.output.trim`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from promtrim.alertmanager.cutting import INTERVALS, cut
from promtrim.alertmanager.document import Held, held_in
from promtrim.alertmanager.reach import ANYBODY, Unneeded, can_inhibit, paths, unreached, used
from promtrim.alertmanager.templates import unneeded
from promtrim.errors import InputError
from promtrim.evaluate.labels import Labels
from promtrim.stack.alertmanager_config import Condition, Inhibition
from promtrim.yamltext import Node, Scalar, get, resolve
from promtrim.yamltext import Sequence as YamlSequence
from promtrim.yamltext.located import Place

Kind = Literal["route", "inhibition", "receiver", "time-interval", "template"]


class Piece(msgspec.Struct, frozen=True):
    """A part of a configuration that is not needed."""

    kind: Kind
    name: str
    """How a person knows it: its conditions, its name."""
    because: str
    place: Place


class Trimmed(msgspec.Struct, frozen=True):
    """A configuration after the cut."""

    file: str
    text: str
    bom: bool
    changed: bool
    cut: tuple[Piece, ...]
    left: tuple[Piece, ...]
    """Not needed by kept alerts; stays, because other senders may use it."""
    before: Held
    after: Held
    notes: tuple[str, ...] = ()


def trim(
    held: Held, alerts: Sequence[Labels], others: Sequence[Labels] | None = None, *, only_sender: bool = False,
    root: str | None = None,
) -> Trimmed:  # fmt: skip
    """Cut what no kept alert needs.

    Args:
        alerts: labels of the kept alerts.
        others: labels of alerts that other senders have sent, where that was looked at.
        only_sender: whether nobody else sends alerts; without this and without ``others`` only what no alert of anybody
            can reach is cut.
        root: folder that stands for the container's ``/``, where templates may lie.

    Raises:
        InputError: Alertmanager would not start with this configuration, or it cannot be cut exactly.
    """
    _refuse_broken(held)
    known = (*alerts, *(others or ()))
    ours = decide(held, known, root)
    what = ours if only_sender or others is not None else decide(held, ANYBODY, root)
    whose = "no kept alert" if only_sender or others is None else "no kept alert and no live one"
    pieces = tuple(_pieces(held, what, "no alert" if what is not ours else whose))
    left = tuple(each for each in _pieces(held, ours, whose) if each not in pieces and not _same(each, pieces))
    result = cut(held, what)
    after = held_in(result.text, held.file, held.bom)
    return Trimmed(held.file, result.text, held.bom, result.text != held.text, pieces, left, held, after, result.notes)


def _same(piece: Piece, others: Iterable[Piece]) -> bool:
    return any(other.kind == piece.kind and other.place == piece.place for other in others)


def _refuse_broken(held: Held) -> None:
    for problem in held.config.problems:
        if problem.code == "alertmanager-cannot-start":
            raise InputError(f"{problem.text}, mend it first", problem.file, problem.line, problem.column)


def decide(held: Held, alerts: Sequence[Labels], root: str | None) -> Unneeded:
    """What these alerts do not need."""
    config = held.config
    assert config.route is not None
    routes = unreached(config.route, alerts)
    receivers, intervals = used(config, routes)
    items = {
        "inhibit_rules": frozenset(
            index for index, rule in enumerate(config.inhibitions) if not can_inhibit(rule, alerts)
        ),
        "receivers": frozenset(
            index for index, name in enumerate(_names(held, "receivers")) if name not in receivers
        ),
    }
    for key in INTERVALS:
        items[key] = frozenset(index for index, name in enumerate(_names(held, key)) if name not in intervals)
    staying = [receiver for name, receiver in config.receivers.items() if name in receivers]
    patterns = [each.value if isinstance(each, Scalar) else "" for each in map(resolve, _content(held, "templates"))]
    items["templates"] = frozenset(unneeded(patterns, held.file, root, staying))
    return Unneeded(frozenset(routes), items)


def _content(held: Held, key: str) -> list[Node]:
    node = get(held.root, key)
    return node.content if isinstance(node, YamlSequence) else []


def _names(held: Held, key: str) -> list[str]:
    found = (get(each, "name") for each in _content(held, key))
    return [name.value if isinstance(name, Scalar) else "" for name in found]


def _pieces(held: Held, what: Unneeded, whose: str) -> Iterator[Piece]:
    config = held.config
    assert config.route is not None
    for path, route in paths(config.route).items():
        if path in what.routes and path[:-1] not in what.routes:
            text = f"{conditions_text(route.conditions)} -> {route.receiver}"
            yield Piece("route", text, f"{whose} gets here", route.place)
    for index in sorted(what.items["inhibit_rules"]):
        rule = config.inhibitions[index]
        yield Piece("inhibition", inhibition_text(rule), f"{whose} can be inhibited by another one through it", rule.place)
    for key, kind, because in (
        ("receivers", "receiver", "no route that stays uses it"),
        *((key, "time-interval", "no route that stays uses it") for key in INTERVALS),
        ("templates", "template", "no receiver that stays uses what it defines"),
    ):
        names = _names(held, key) if key != "templates" else [_text(each) for each in _content(held, key)]
        for index in sorted(what.items[key]):
            place = held.space.position(_content(held, key)[index].start)
            yield Piece(kind, names[index], because, Place(held.file, place.line, place.column))  # type: ignore[arg-type]


def _text(node: Node) -> str:
    node = resolve(node)
    return node.value if isinstance(node, Scalar) else ""


def conditions_text(conditions: Iterable[Condition]) -> str:
    """Matchers as a person writes them."""
    return ", ".join(f'{each.label}{each.operator}"{each.value}"' for each in conditions) or "(everything)"


def inhibition_text(rule: Inhibition) -> str:
    """An inhibition rule in one line."""
    equal = f" if equal {', '.join(rule.equal)}" if rule.equal else ""
    return f"{conditions_text(rule.source)} inhibits {conditions_text(rule.target)}{equal}"
