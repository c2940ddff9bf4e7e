"""Finds the Alertmanager configuration in a file, as values and as nodes: a plain file, a ConfigMap or Secret that holds
one as text, or Helm values with ``alertmanager.config``.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.layout import Path, Space
from promtrim.stack.alertmanager_config import (
    AlertmanagerConfig,
    alertmanager_config_of,
    looks_like_alertmanager,
    parse_alertmanager_config,
)
from promtrim.stack.manifests import at
from promtrim.yamltext import Mapping, Scalar, compose, entries, get, read_source, resolve
from promtrim.yamltext.located import YamlMap, read_all

MAX_BYTES = 16 << 20
_TEXTS = ("data", "stringData")
_VALUES: tuple[tuple[str, ...], ...] = ((), ("alertmanager", "config"), ("config",))
"""Where the configuration stands: in the file itself, and in the values of the charts that people use."""


class Held(msgspec.Struct, frozen=True):
    """A configuration and the file that holds it."""

    file: str
    text: str
    """Of the whole file."""
    bom: bool
    space: Space
    """The text that the configuration stands in: the file's, or that of a scalar in it."""
    root: Mapping
    """The configuration's own mapping."""
    path: Path
    """The way from the space's root to that mapping: index of the document, then keys."""
    config: AlertmanagerConfig


def read_held(path: str, max_bytes: int = MAX_BYTES) -> Held:
    """Read a file that holds a configuration.

    Raises:
        InputError: it cannot be read, holds none, or several.
    """
    source = read_source(path, max_bytes)
    return held_in(source.text, path, source.bom)


def held_in(text: str, file: str, bom: bool = False) -> Held:
    """As :func:`read_held`, from text."""
    found = list(_find(text, file, bom))
    if not found:
        raise InputError("this is no Alertmanager configuration (route: ..., receivers: ...)", file, 1, 1)
    if len(found) > 1:
        place = found[1].space.position(found[1].root.start)
        raise InputError("a second Alertmanager configuration, give a file with one", file, place.line, place.column)
    return found[0]


def _find(text: str, file: str, bom: bool) -> Iterator[Held]:
    space = Space(text, file)
    nodes = [(index, node) for index, node in enumerate(compose(text, file)) if node is not None]
    for (index, node), (_, data) in zip(nodes, read_all(text, file), strict=True):
        for keys in _VALUES:
            root, values = get(node, *keys), at(data, *keys)
            if isinstance(root, Mapping) and looks_like_alertmanager(values):
                config = alertmanager_config_of(values, file)
                yield Held(file, text, bom, space, root, (index, *keys), config)
                break
        for section in _TEXTS if isinstance(data, YamlMap) and "kind" in data else ():
            texts = get(node, section)
            for key, (_, value) in entries(texts).items() if isinstance(texts, Mapping) else ():
                scalar = resolve(value)
                if isinstance(scalar, Scalar) and "receivers" in scalar.value:
                    yield from _inside(scalar, Space(scalar.value, file, space, scalar, (index, section, key)), text, bom)


def _inside(scalar: Scalar, space: Space, text: str, bom: bool) -> Iterator[Held]:
    try:
        root = compose(scalar.value, space.file)[0]
        is_one = any(looks_like_alertmanager(value) for _, value in read_all(scalar.value, space.file))
    except (InputError, IndexError):
        return  # another program's text
    if is_one and isinstance(root, Mapping):
        before = space.position(0).line - 1
        config = parse_alertmanager_config(scalar.value, space.file, before)
        yield Held(space.file, text, bom, space, root, (0,), config)
