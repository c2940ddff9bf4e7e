"""``configMapGenerator`` and ``secretGenerator``. Secrets are known by name and key only: their values are not read."""

from __future__ import annotations

import os
from typing import Any

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.manifests import Resource, items, problem, problem_of, text
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlMap

MAX_BYTES = 4 << 20


def generate(kustomization: YamlMap, folder: str, resources: list[Resource], problems: list[Problem]) -> None:
    """Add what a kustomization generates to its resources, or merge it into those that are there."""
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for entry in items(kustomization.get(key)):
            if isinstance(entry, YamlMap) and text(entry.get("name")):
                _one(kind, entry, folder, resources, problems)


def _one(kind: str, entry: YamlMap, folder: str, resources: list[Resource], problems: list[Problem]) -> None:
    name = text(entry.get("name"))
    data = _data(entry, folder, problems, read=kind == "ConfigMap")
    there = next((each for each in resources if each.kind == kind and name in (each.name, each.first_name)), None)
    behavior = text(entry.get("behavior")) or "create"
    if behavior == "create":
        if there is not None:
            said = f"the {kind} {name} is there already: give the generator behavior: merge or replace"
            problems.append(problem("kustomize-generator", said, entry.place))
        resources.append(_resource(kind, name, entry, data))
    elif there is None:
        said = f"the generator's behavior is {behavior}, and there is no {kind} {name}: kustomize cannot build this"
        problems.append(problem("kustomize-generator", said, entry.at("behavior")))
        resources.append(_resource(kind, name, entry, data))
    else:
        below = there.data.get("data")
        if behavior == "replace" or not isinstance(below, YamlMap):
            there.data.put("data", data, entry.place)
        else:
            for key, value in data.items():
                below.put(key, value, data.at(key))


def _resource(kind: str, name: str, entry: YamlMap, data: YamlMap) -> Resource:
    place = entry.place
    metadata = YamlMap(place)
    metadata.put("name", name, entry.at("name"))
    if text(entry.get("namespace")):
        metadata.put("namespace", text(entry["namespace"]), entry.at("namespace"))
    whole = YamlMap(place)
    for key, value in (("apiVersion", "v1"), ("kind", kind), ("metadata", metadata), ("data", data)):
        whole.put(key, value, place)
    return Resource(whole, place, name)


def _data(entry: YamlMap, folder: str, problems: list[Problem], read: bool) -> YamlMap:
    data = YamlMap(entry.place)
    for literal in items(entry.get("literals")):
        key, _, value = text(literal).partition("=")
        data.put(key, value.strip("\"'") if read else "", entry.at("literals"))
    for source in items(entry.get("files")):
        key, equals, path = text(source).partition("=")
        path = path if equals else key
        content = _read(os.path.join(folder, path), entry.at("files"), problems, read)
        if content is not None:
            data.put(key if equals else os.path.basename(path), content, Place(os.path.join(folder, path), 1, 1))
    environment: list[Any] = [*items(entry.get("envs")), *([entry["env"]] if entry.get("env") else [])]
    for source in environment:
        path = os.path.join(folder, text(source))
        for number, line in enumerate((_read(path, entry.place, problems, read) or "").splitlines(), 1):
            key, equals, value = line.strip().partition("=")
            if equals and not key.startswith("#"):
                data.put(key, value, Place(path, number, 1))
    return data


def _read(path: str, place: Place, problems: list[Problem], read: bool) -> str | None:
    path = os.path.normpath(path)
    if not os.path.isfile(path):
        problems.append(problem("kustomize-missing", f"{path} does not exist: it is left out", place))
        return None
    if not read:
        return ""
    try:
        return read_source(path, MAX_BYTES).text
    except InputError as error:
        problems.append(problem_of(error))
        return None
