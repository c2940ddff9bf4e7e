"""Kubernetes resources as they stand in manifests; what they deploy is for :mod:`promtrim.stack.kubernetes`."""

from __future__ import annotations

from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlList, YamlMap, read_all

MAX_BYTES = 64 << 20


class Resource(msgspec.Struct):
    """One resource. ``data`` may be changed while a kustomization is built; the original name stays."""

    data: YamlMap
    place: Place
    first_name: str = ""
    """Its name before any prefix or suffix: kustomize's targets may still use it."""

    @property
    def kind(self) -> str:
        return text(self.data.get("kind"))

    @property
    def group(self) -> str:
        """The API group; "" is the core group."""
        return text(self.data.get("apiVersion")).rpartition("/")[0]

    @property
    def version(self) -> str:
        return text(self.data.get("apiVersion")).rpartition("/")[2]

    @property
    def metadata(self) -> YamlMap:
        return mapping(self.data.get("metadata"), self.place)

    @property
    def name(self) -> str:
        return text(self.metadata.get("name"))

    @property
    def namespace(self) -> str:
        return text(self.metadata.get("namespace"))

    @property
    def spec(self) -> YamlMap:
        return mapping(self.data.get("spec"), self.place)

    @property
    def labels(self) -> dict[str, str]:
        return texts(self.metadata.get("labels"))

    @property
    def annotations(self) -> dict[str, str]:
        return texts(self.metadata.get("annotations"))

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def read_manifests(path: str) -> tuple[list[Resource], list[Problem]]:
    """The resources in a file, and what in it cannot be read. Documents that are no resources are left out.

    Raises:
        InputError: the file cannot be opened, or is no YAML.
    """
    return parse_manifests(read_source(path, MAX_BYTES).text, path)


def parse_manifests(source: str, file: str) -> tuple[list[Resource], list[Problem]]:
    """As :func:`read_manifests`, from text."""
    resources: list[Resource] = []
    problems: list[Problem] = []
    for place, document in read_all(source, file):
        for value, at in _items(document, place):
            if not isinstance(value, YamlMap) or not isinstance(value.get("kind"), str) or "apiVersion" not in value:
                continue
            resource = Resource(value, at)
            resource.first_name = resource.name
            if resource.name or resource.kind in ("Kustomization", "Component"):
                resources.append(resource)
            else:
                said = f"a {resource.kind} without metadata.name: kubectl refuses it"
                problems.append(Problem("bad-manifest", said, at.file, at.line, at.column))
    return resources, problems


def _items(document: Any, place: Place) -> list[tuple[Any, Place]]:
    """The document, or what a List holds."""
    if isinstance(document, YamlMap) and text(document.get("kind")).endswith("List") and "items" in document:
        items = document["items"]
        if isinstance(items, YamlList):
            return [(item, items.at(index)) for index, item in enumerate(items)]
    return [(document, place)]


def problem(code: str, said: str, place: Place) -> Problem:
    """A problem at a place."""
    return Problem(code, said, place.file, place.line, place.column)


def problem_of(error: InputError, code: str = "unreadable") -> Problem:
    """An error as a problem: what cannot be read is named, the rest goes on."""
    return Problem(code, error.message, error.file, error.line, error.column)


def text(value: Any) -> str:
    """A scalar as Kubernetes' loose readers take it; "" for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


def texts(value: Any) -> dict[str, str]:
    """A mapping of labels or annotations."""
    return {key: text(each) for key, each in value.items()} if isinstance(value, dict) else {}


def mapping(value: Any, place: Place) -> YamlMap:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, YamlMap) else YamlMap(place)


def items(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def at(value: Any, *path: str | int) -> Any:
    """What a path of keys and indexes leads to, or None."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return None
            value = value[step]
        else:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
    return value


def integer(value: Any) -> int | None:
    """A whole number of 0 or more, also where it is written as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and value.isdecimal() else None
