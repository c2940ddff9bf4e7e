"""Cuts routes, receivers and the like out of the text that holds an Alertmanager configuration, and reads it again.

Which ones go is decided in :mod:`promtrim.alertmanager.trim`; how items leave a text is in
:mod:`promtrim.rulefile.removing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promtrim.alertmanager.document import Held, held_in
from promtrim.alertmanager.reach import RoutePath, Unneeded
from promtrim.errors import InputError, PromtrimError
from promtrim.rulefile.layout import list_span
from promtrim.rulefile.removing import CutResult, Impossible, ListCut, remove_items, without_conflict
from promtrim.stack.alertmanager_config import Route
from promtrim.yamltext import Mapping, compose, entries, get, resolve, to_plain
from promtrim.yamltext import Sequence as YamlSequence

INTERVALS = ("time_intervals", "mute_time_intervals")
LISTS = ("inhibit_rules", "receivers", *INTERVALS, "templates")
"""The lists beside the routes whose items may go."""


def cut(held: Held, what: Unneeded) -> CutResult:
    """The file without what is not needed; everything else stays byte for byte.

    Raises:
        InputError: no exact cut is possible here; file, line and what to do.
    """
    cuts = without_conflict([*_route_cuts(held, what), *_list_cuts(held, what)], held.space, "items")
    if not any(any(cut.drop) for cut in cuts):
        return CutResult(held.text)
    expected = _around(held), _without(held, what)

    def wrong(text: str) -> str:
        try:
            after = held_in(text, held.file)
        except PromtrimError as error:
            return f"the rest would not read: {error}"
        return "" if (_around(after), to_plain(after.root)) == expected else "the rest would not be the same"

    try:
        return remove_items(held.text, [(held.space, cuts)], wrong)
    except Impossible as impossible:
        place = held.space.position(held.root.start)
        message = f"cannot be cut without changing what stays ({impossible}): take the parts that are named out by hand"
        raise InputError(message, held.file, place.line, place.column) from None


def _route_cuts(held: Held, what: Unneeded) -> Iterator[ListCut]:
    root = get(held.root, "route")
    assert isinstance(root, Mapping)
    assert held.config.route is not None
    yield from _below(root, held.config.route, (), held, what)


def _below(node: Mapping, route: Route, path: RoutePath, held: Held, what: Unneeded) -> Iterator[ListCut]:
    """The list of a route's children, and those of the children that stay."""
    pair = entries(node).get("routes")
    listed = resolve(pair[1]) if pair else None
    if pair is None or not isinstance(listed, YamlSequence):
        return
    children = [resolve(each) for each in listed.content]
    if len(children) != len(route.routes) or not all(isinstance(each, Mapping) for each in children):
        place = held.space.position(listed.start)
        raise InputError("this list holds something that is no route, take it out", held.file, place.line, place.column)
    drop = [(*path, index) in what.routes for index in range(len(children))]
    inner = [get(each, "routes") for each in children]
    spans = [list_span(each) if isinstance(each, YamlSequence) else None for each in inner]
    yield ListCut(list_span(listed), drop, pair[0].end, spans)
    for index, child in enumerate(children):
        if not drop[index]:
            assert isinstance(child, Mapping)
            yield from _below(child, route.routes[index], (*path, index), held, what)


def _list_cuts(held: Held, what: Unneeded) -> Iterator[ListCut]:
    for key in LISTS:
        pair = entries(held.root).get(key)
        listed = resolve(pair[1]) if pair else None
        if pair is not None and isinstance(listed, YamlSequence):
            drop = [index in what.items[key] for index in range(len(listed.content))]
            yield ListCut(list_span(listed), drop, pair[0].end, [None] * len(drop))


def _without(held: Held, what: Unneeded) -> Any:
    """The configuration as plain data after the cut."""
    plain = _fresh(to_plain(held.root))

    def prune(route: Any, path: RoutePath) -> None:
        for index, child in enumerate(route.get("routes") or ()):
            prune(child, (*path, index))
        if route.get("routes"):
            route["routes"] = [each for index, each in enumerate(route["routes"]) if (*path, index) not in what.routes]

    prune(plain["route"], ())
    for key in LISTS:
        if plain.get(key):
            plain[key] = [each for index, each in enumerate(plain[key]) if index not in what.items[key]]
    return plain


def _around(held: Held) -> list[Any]:
    """The file as plain data, the configuration taken out."""
    roots: list[Any] = [to_plain(root) if root is not None else None for root in compose(held.text, held.file)]
    roots = _fresh(roots)
    path = held.path if held.space.outer is None else held.space.path
    holder: Any = roots
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = None
    return roots


def _fresh(value: Any) -> Any:
    """A copy in which nothing stands for two places, as aliases do."""
    if isinstance(value, dict):
        return {key: _fresh(each) for key, each in value.items()}
    return [_fresh(each) for each in value] if isinstance(value, list) else value
