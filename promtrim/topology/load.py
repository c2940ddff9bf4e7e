"""Topology files and presets to :class:`~promtrim.topology.model.Topology` values.

Reading what a team already has (manifests, compose files, a live server) is for the readers beside this
module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.topology.checks import check
from promtrim.topology.model import Topology
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlMap, place_of, read_one, walk

DEFAULT_PRESET = "single-node"

MAX_BYTES = 4 << 20
MAX_PRESETS = 8
"""How many presets may stand on each other."""


def load(path_or_preset: str, presets: Mapping[str, str] | None = None) -> Topology:
    """The topology of a preset's name or of a YAML file.

    A word without a slash and without a YAML ending that names a preset is that preset; all else is a file.

    Args:
        presets: texts of the presets by name (the shipped ones are in the index of rulesets).

    Raises:
        InputError, ErrorGroup: there is no such file or preset, or it is not what it should be.
    """
    known = presets or {}
    if path_or_preset in known:
        return parse_topology(known[path_or_preset], path_or_preset, known, preset=path_or_preset)
    return parse_topology(read_text(path_or_preset, known), path_or_preset, known)


def parse_topology(
    text: str, file: str, presets: Mapping[str, str] | None = None, *, preset: str | None = None
) -> Topology:
    """The topology that a YAML text describes.

    Args:
        file: its name, for errors and sources.
        presets: texts of the presets that it may name as its base (the shipped ones are in the index of rulesets).
        preset: the name of the preset that this text is, if it is one.

    Raises:
        InputError, ErrorGroup: not YAML, or not a topology, with line and column.
    """
    return build_topology(read_one(text, file, floats=False), file, presets, preset=preset)


def build_topology(
    document: Any, file: str, presets: Mapping[str, str] | None = None, *, preset: str | None = None
) -> Topology:
    """The topology that a YAML mapping describes, for a topology that stands inside another file.

    Raises:
        InputError, ErrorGroup: as :func:`parse_topology`.
    """
    if document is None:
        document = YamlMap(Place(file, 1, 1))
    if not isinstance(document, YamlMap):
        place = place_of(document, (), file)
        raise InputError("a topology is a mapping (nodes: 1, workloads: ...)", place.file, place.line, place.column)
    _read_intervals(document)
    layers = _layers(document, file, presets or {}, preset)
    merged: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for layer, name in reversed(layers):
        _merge(merged, layer)
        _note_sources(sources, layer, name)
    if preset:
        merged["preset"] = preset
    _tidy(merged)
    if isinstance(merged.get("sources", {}), dict):
        merged["sources"] = {**sources, **merged.get("sources", {})}
    try:
        topology = msgspec.convert(merged, Topology)
    except msgspec.ValidationError as error:
        from promtrim.shape import refuse

        raise refuse(document, "topology", file, f"this is no topology: {error}") from None
    check(topology, document, file)
    return topology


def read_text(path: str, known: Mapping[str, str]) -> str:
    """The text of a topology file.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if not os.path.exists(path):
        raise InputError(f"there is no such file, and no such preset ({', '.join(sorted(known))})", path)
    return read_source(path, MAX_BYTES).text


def _layers(
    document: YamlMap, file: str, presets: Mapping[str, str], own_name: str | None
) -> list[tuple[YamlMap, str | None]]:
    """The document, the preset it names, the preset that one names, and so on; a preset with its name."""
    layers: list[tuple[YamlMap, str | None]] = [(document, own_name)]
    while (base := layers[-1][0].get("preset")) is not None:
        holder = layers[-1][0]
        place = holder.at("preset")
        if not isinstance(base, str) or base not in presets:
            from difflib import get_close_matches

            close = get_close_matches(str(base), presets, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(sorted(presets))}"
            raise InputError(f"there is no preset {base!r}, {hint}", place.file, place.line, place.column)
        if len(layers) > MAX_PRESETS:
            raise InputError("presets stand on each other in a circle", place.file, place.line, place.column)
        inner = read_one(presets[base], base, floats=False)
        if not isinstance(inner, YamlMap):
            raise InputError("a preset is a mapping", base)
        layers.append((inner, base))
    return layers


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    """Lay a mapping over another: mappings key by key, all else in place of what was."""
    for key, value in layer.items():
        below = into.get(key)
        if isinstance(value, dict):
            inner = dict(below) if isinstance(below, dict) else {}
            _merge(inner, value)
            into[key] = inner
        elif value is None and isinstance(below, dict):
            # `workloads:` with nothing below it says nothing, it does not undo.
            continue
        else:
            into[key] = value


_SECTIONS = (
    "prometheus", "kubernetes", "autoscaling", "volumes", "workloads", "datastores", "exporters", "options",
    "external-checks", "defaults", "sources", "closed",
)  # fmt: skip
_LISTS = ("depends-on", "jobs", "metrics", "labels", "external")


def _tidy(merged: dict[str, Any]) -> None:
    """Read what is written empty as not written, and labels as Prometheus does: as text."""
    for key in _SECTIONS:
        if key in merged and merged[key] is None:
            del merged[key]
    for section in ("workloads", "datastores", "jobs"):
        entries = merged.get(section)
        if not isinstance(entries, dict):
            continue
        for name, entry in entries.items():
            filled = {} if entry is None else entry
            if isinstance(filled, dict):
                entries[name] = filled = {
                    key: each for key, each in filled.items() if each is not None or key not in _LISTS
                }
                _as_texts(filled, "labels")
    server = merged.get("prometheus")
    if isinstance(server, dict):
        if server.get("external-labels", 0) is None:
            del server["external-labels"]
        _as_texts(server, "external-labels")
        if "version" in server:
            server["version"] = _number_text(server["version"])
    options = merged.get("options")
    if isinstance(options, dict):
        for ruleset, stated in options.items():
            if stated is None or isinstance(stated, dict):
                options[ruleset] = {key: _number_text(value) for key, value in (stated or {}).items()}


def _as_texts(holder: dict[str, Any], key: str) -> None:
    labels = holder.get(key)
    if isinstance(labels, dict):
        words = {True: "true", False: "false"}
        holder[key] = {
            name: words[value] if isinstance(value, bool) else _number_text(value) for name, value in labels.items()
        }


_FRACTION = re.compile(r"[0-9]+\.[0-9]+")


def _read_intervals(document: YamlMap) -> None:
    """Seconds with a fraction are numbers: the file was read with fractions left as text."""
    jobs = document.get("jobs")
    for holder in (document.get("prometheus"), *(jobs.values() if isinstance(jobs, dict) else ())):
        if isinstance(holder, dict):
            for key in ("scrape-interval", "evaluation-interval"):
                value = holder.get(key)
                if isinstance(value, str) and _FRACTION.fullmatch(value):
                    holder[key] = float(value)


def _number_text(value: Any) -> Any:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _note_sources(sources: dict[str, str], layer: YamlMap, preset: str | None) -> None:
    def note(path: tuple[str, ...], place: Place) -> None:
        if path and path[0] not in ("sources", "preset", "name"):
            sources[".".join(path)] = f"preset {preset}" if preset else str(place)

    walk(layer, note)
