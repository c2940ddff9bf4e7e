"""Dashboards in files: plain, as the HTTP API sends them, as resources, or as text in a ConfigMap or Helm values.

Finds them, and puts a changed one back where it was found. What is in a dashboard does not belong here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from promtrim.dashboards.existing import classic, elements
from promtrim.dashboards.existing.jsontext import JsonText, Path
from promtrim.dashboards.existing.model import View
from promtrim.errors import CallError, ErrorGroup, InputError, PromtrimError
from promtrim.rulefile.edits import Edit, apply_edits
from promtrim.yamltext import (
    DEFAULT_MAX_BYTES,
    Lines,
    Mapping,
    Node,
    Position,
    Scalar,
    ScalarMap,
    Source,
    compose,
    decode,
    locate,
    read_source,
    resolve,
    scalar_map,
)

STANDARD_INPUT = "-"
ENDINGS = (".json", ".yml", ".yaml")
"""Files that are looked at in a folder."""

_WRAPPERS = ("dashboard", "spec")
"""Keys below which the HTTP API and resources hold a dashboard."""
_V2_MARKS = ("elements", "layout")
_SIGNS = re.compile(r'\\?"(?:panels|rows|elements)\\?"\s*:')


class Dashboard:
    """One dashboard in a file.

    Args:
        source: the file.
        json: its JSON, the whole file's or a scalar's.
        base: where in the JSON the dashboard is.
        scalar: what holds it in a YAML file.
        name: the key of that scalar.
    """

    def __init__(self, source: Source, json: JsonText, base: Path, scalar: Scalar | None = None, name: str = "") -> None:
        self.source = source
        self.json = json
        self.base = base
        self.scalar = scalar
        self.name = name
        self._lines: Lines | None = None
        self._map: ScalarMap | None = None

    @property
    def value(self) -> dict[str, Any]:
        value = self.json.value
        for step in self.base:
            value = value[step]
        found: dict[str, Any] = value
        return found

    def view(self) -> View:
        """Its parts."""
        value = self.value
        if all(isinstance(value.get(key), dict) for key in _V2_MARKS):
            return elements.view(value, self.base)
        return classic.view(value, self.base)

    def position(self, path: Path) -> Position:
        """Line and column, in the file, of one of its values."""
        offset = self.json.span(path)[0]
        if self.scalar is None:
            return self.json.position_of(offset)
        if self._lines is None:
            self._lines = Lines(self.source.text)
            self._map = scalar_map(self.source.text, self.scalar)
        return self._lines.position(self.scalar.start if self._map is None else self._map.at[offset])


class DashboardFile(msgspec.Struct, frozen=True):
    """A file and the dashboards in it."""

    source: Source
    dashboards: tuple[Dashboard, ...]


def read(paths: Sequence[str], max_bytes: int = DEFAULT_MAX_BYTES, stdin: str | None = None) -> list[DashboardFile]:
    """Read files, and all dashboards in folders; what is no dashboard there is passed over.

    Args:
        paths: files, folders, ``-``.
        max_bytes: largest file that is read.
        stdin: the text of ``-``.

    Raises:
        InputError, ErrorGroup: one of them cannot be read, is no JSON or YAML, or holds no dashboard.
        CallError: a folder that holds none.
    """
    found: list[DashboardFile] = []
    errors: list[PromtrimError] = []
    seen: set[str] = set()
    for path in paths:
        folder = path != STANDARD_INPUT and os.path.isdir(path)
        count = len(found)
        for file in _below(path) if folder else (path,):
            real = os.path.realpath(file)
            if real in seen:
                continue
            seen.add(real)
            try:
                if file == STANDARD_INPUT:
                    source = decode((stdin or "").encode(), file, max_bytes)
                else:
                    source = read_source(file, max_bytes)
                if folder and not _SIGNS.search(source.text):
                    continue  # a folder may hold all kinds of files, some that are not even right
                one = _read(source)
                if one.dashboards:
                    found.append(one)
                elif not folder:
                    errors.append(_no_dashboard(one.source))
            except PromtrimError as error:
                errors.append(error)
        if folder and len(found) == count and not errors:
            errors.append(CallError(f"{path} holds no dashboard, name a file or another folder"))
    if errors:
        raise errors[0] if len(errors) == 1 else ErrorGroup(errors)
    return found


def put_back(file: DashboardFile, changes: Sequence[tuple[Dashboard, list[Edit]]]) -> str:
    """The file's text with dashboards changed.

    Raises:
        InputError: a dashboard stands in a YAML scalar that cannot be changed exactly; nothing is lost.
    """
    source = file.source
    edits: list[Edit] = []
    for dashboard, own in changes:
        edits += own if dashboard.scalar is None else _outward(source, dashboard.scalar, own)
    text = apply_edits(source.text, edits)
    expected = [apply_edits(each.json.text, own) for each, own in changes]
    if any(each.scalar is not None for each, _ in changes):
        names = {id(each) for each, _ in changes}
        again = _read(Source(source.file, text, source.bom)).dashboards
        kept = [now.json.text for now, old in zip(again, file.dashboards, strict=False) if id(old) in names]
        if len(again) != len(file.dashboards) or kept != expected:
            raise InputError("cannot be changed exactly where it stands in YAML: take it out into a file", source.file)
    return text


def _outward(source: Source, scalar: Scalar, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Changes of a scalar's value as changes of the text that it stands in."""
    places: ScalarMap | None = scalar_map(source.text, scalar)
    if places is None:
        place = Lines(source.text).position(scalar.start)
        message = "this text has no exact map to its value: write it as a literal block (|)"
        raise InputError(message, source.file, place.line, place.column)
    for edit in edits:
        if edit.text and edit.end > edit.start:
            yield Edit(places.at[edit.start], places.at[edit.end - 1] + 1, edit.text)
        else:
            yield Edit(places.begin[edit.start], places.begin[edit.end], edit.text)


def _below(folder: str) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        found += [os.path.join(place, name) for name in sorted(files) if name.endswith(ENDINGS)]
    return found


def _read(source: Source) -> DashboardFile:
    begin = source.text.lstrip()[:1]
    yaml = source.file == STANDARD_INPUT or source.file.endswith(ENDINGS[1:])
    if begin in ("", "{", "[") or not yaml:
        json = JsonText(source.text, source.file)
        base = _base(json.value)
        if base is not None:
            return DashboardFile(source, (Dashboard(source, json, base),))
        if not (isinstance(json.value, dict) and "kind" in json.value and "apiVersion" in json.value):
            return DashboardFile(source, ())
    found: list[Dashboard] = []
    for document in compose(source.text, source.file):
        found += _in_yaml(source, document)
    return DashboardFile(source, tuple(found))


def _base(value: Any) -> Path | None:
    """Where a dashboard is in a JSON value; None where there is none."""
    if not isinstance(value, dict):
        return None
    for key in _WRAPPERS:
        if isinstance(value.get(key), dict) and _is_dashboard(value[key]):
            return (key,)
    return () if _is_dashboard(value) else None


def _is_dashboard(value: dict[str, Any]) -> bool:
    if any(isinstance(value.get(key), list) for key in ("panels", "rows")):
        return True
    return all(isinstance(value.get(key), dict) for key in _V2_MARKS) or ("title" in value and "schemaVersion" in value)


def _in_yaml(source: Source, document: Node | None) -> Iterator[Dashboard]:
    """The dashboards that texts of a YAML document hold."""
    waiting: list[Node] = [] if document is None else [document]
    while waiting:
        node = resolve(waiting.pop())
        if isinstance(node, Scalar):
            continue
        if isinstance(node, Mapping):
            for key, value in zip(node.content[::2], node.content[1::2], strict=True):
                inner = resolve(value)
                name = resolve(key)
                if isinstance(inner, Scalar) and isinstance(name, Scalar) and inner.value.lstrip()[:1] == "{":
                    yield from _in_scalar(source, inner, name.value)
        waiting += reversed([each for each in node.content if not isinstance(resolve(each), Scalar)])


def _in_scalar(source: Source, scalar: Scalar, name: str) -> Iterator[Dashboard]:
    try:
        json = JsonText(scalar.value, source.file)
    except InputError as error:
        if not name.endswith(ENDINGS[0]):
            return  # some other text that begins with a brace
        lines = Lines(scalar.value)
        offset = lines.start(error.line) + error.column - 1 if error.line else 0
        place = locate(source.text, scalar, offset)
        raise InputError(error.message, source.file, place.line, place.column) from None
    base = _base(json.value)
    if base is not None:
        yield Dashboard(source, json, base, scalar, name)


def _no_dashboard(source: Source) -> InputError:
    what = "holds no dashboard: give a dashboard's JSON, as Grafana exports or provisions it"
    return InputError(what, source.file)
