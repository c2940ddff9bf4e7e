"""Finds in a repository what a topology can be read from. Reading it is for :mod:`promtrim.detect.detect`."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.http.model import Server
from promtrim.rulefile.model import Problem
from promtrim.stack.alertmanager_config import looks_like_alertmanager
from promtrim.stack.compose import read_compose
from promtrim.stack.deployments import choose, says_production
from promtrim.stack.kustomize import kustomization_in
from promtrim.stack.manifests import text
from promtrim.stack.pods import KINDS
from promtrim.stack.prometheus_config import looks_like_prometheus
from promtrim.yamltext import read_source
from promtrim.yamltext.located import YamlMap, read_all

COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""What ``docker compose`` takes by itself, in this order."""

MAX_FILES = 5000
MAX_BYTES = 4 << 20
_SKIPPED = frozenset({"node_modules", "vendor", "__pycache__", "venv", "dist", "target"})


class Sources(msgspec.Struct):
    """Files and servers to read a topology from."""

    kubernetes: list[str] = []
    compose: list[list[str]] = []
    """Projects, each with its files in the order in which they are laid over each other."""
    prometheus_config: list[str] = []
    alertmanager_config: list[str] = []
    prometheus: list[Server] = []
    """Running servers with Prometheus' API."""
    whole: bool = True
    """Whether what the compose files that were left out start is known."""
    others: list[str] = []
    """Names of what they start."""
    closed: bool = False
    """Whether the manifests are complete for the cluster's add-ons too."""
    problems: list[Problem] = []


def find_sources(folder: str, named: Sources | None = None) -> Sources:
    """Look through a folder and everything below it.

    Args:
        named: sources that count instead of those of their kind that lie in the folder; manifests and compose files
            that are named say what runs, so that neither is looked for.

    Raises:
        InputError: there is no such folder.
    """
    if not os.path.isdir(folder):
        raise InputError("there is no such folder", folder)
    found = _look_through(folder, named or Sources())
    if named is None:
        return found
    found.prometheus_config = named.prometheus_config or found.prometheus_config
    found.alertmanager_config = named.alertmanager_config or found.alertmanager_config
    found.prometheus = list(named.prometheus)
    found.closed = named.closed
    return found


def _look_through(folder: str, named: Sources) -> Sources:
    found = Sources()
    compose: dict[str, list[str]] = {}
    manifests: list[str] = []
    seen = 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        if "Chart.yaml" in files:
            folders[:] = []
            said = "a Helm chart: render it with helm template and read the output"
            found.problems.append(Problem("helm-chart", said, os.path.join(here, "Chart.yaml")))
            continue
        if kustomization_in(here):
            manifests.append(here)
        for name in sorted(files):
            if not name.endswith((".yaml", ".yml")):
                continue
            seen += 1
            if seen > MAX_FILES:
                said = f"more than {MAX_FILES} YAML files: name the sources instead"
                found.problems.append(Problem("too-many-files", said, folder))
                return _chosen(found, compose, manifests, folder, named)
            _sort_in(os.path.join(here, name), name, here, found, compose, manifests)
    return _chosen(found, compose, manifests, folder, named)


def _sort_in(path: str, name: str, here: str, found: Sources, compose: dict[str, list[str]], manifests: list[str]) -> None:
    if "compose" in name:
        compose.setdefault(here, []).append(name)
        return
    try:
        source = read_source(path, MAX_BYTES).text
        documents = [value for _, value in read_all(source, path)]
    except InputError as error:
        _unreadable(path, name, error, found)
        return
    for document in documents:
        if looks_like_prometheus(document):
            found.prometheus_config.append(path)
        elif looks_like_alertmanager(document):
            found.alertmanager_config.append(path)
        elif _is_manifest(document):
            manifests.append(path)
        elif _is_project(document):
            compose.setdefault(here, []).append(name)
        else:
            continue
        return


def _unreadable(path: str, name: str, error: InputError, found: Sources) -> None:
    """What is named like a server's configuration and is no YAML: a template, or what keeps the server from starting."""
    servers = {"prometheus": found.prometheus_config, "alertmanager": found.alertmanager_config}
    server = next((word for word in servers if word in name.lower()), None)
    if server is None:
        return
    if is_template(path):
        said = "a template: render it (ansible-playbook, helm template, ...) and name the result"
        found.problems.append(Problem("template", said, path, error.line, error.column))
    elif name.rpartition(".")[0].lower() == server:
        servers[server].append(path)
    else:
        found.problems.append(Problem("unreadable", error.message, error.file, error.line, error.column))


def _is_project(document: Any) -> bool:
    """A compose file by another name (``docker-stack.yml``): services that have images."""
    services = document.get("services") if isinstance(document, YamlMap) and "apiVersion" not in document else None
    each = list(services.values()) if isinstance(services, YamlMap) else []
    return bool(each) and all(isinstance(service, YamlMap) and {"image", "build"} & service.keys() for service in each)


def is_template(path: str) -> bool:
    """Whether a file is to be rendered before a program can read it."""
    try:
        text = read_source(path, MAX_BYTES).text
    except InputError:
        return False
    return any(sign in text for sign in ("{{", "{%", "<%"))


def _is_manifest(document: Any) -> bool:
    if not isinstance(document, YamlMap) or "apiVersion" not in document:
        return False
    kind = text(document.get("kind"))
    return kind in KINDS or kind in ("Service", "List", "Ingress", "HorizontalPodAutoscaler", "ConfigMap", "ServiceMonitor")


def _chosen(
    found: Sources, compose: dict[str, list[str]], manifests: list[str], folder: str, named: Sources
) -> Sources:  # fmt: skip
    if named.kubernetes or named.compose:
        found.kubernetes, found.compose = list(named.kubernetes), [list(files) for files in named.compose]
    else:
        if manifests:
            found.kubernetes = [folder]
        for here, names in compose.items():
            _choose_compose(here, names, found)
    mounted = _mounted(found)
    for configs in (found.prometheus_config, found.alertmanager_config):
        used = [path for path in configs if os.path.realpath(path) in mounted]
        if used and len(used) < len(configs):
            for path in configs:
                if path not in used:
                    said = "no compose service mounts it: it is left out; name it to read it"
                    found.problems.append(Problem("left-out", said, path))
            configs[:] = used
    if not (named.kubernetes or named.compose):
        choose(found, folder, manifests)
    return found


def _choose_compose(here: str, names: list[str], found: Sources) -> None:
    """The file that ``docker compose`` takes and its override; without such a name the only one, the only one with a
    Prometheus, or the only one whose name says production."""
    main = next((name for name in COMPOSE_NAMES if name in names), None)
    services = {name: _services(os.path.join(here, name)) for name in names}
    watching = [name for name, there in services.items() if there and "prometheus" in there]
    chosen = [main] if main else _only(names) or _only(watching) or _only(list(filter(says_production, watching or names)))
    if main:
        stem, dot, ending = main.rpartition(".")
        chosen += [name for name in (f"{stem}.override{dot}{ending}",) if name in names]
    if chosen:
        found.compose.append([os.path.join(here, name) for name in chosen])
    there = {each for name in chosen for each in services[name] or ()}
    for name in names:
        if name in chosen:
            continue
        more = services[name]
        if chosen and more and not more & there:
            # Of the same folder, so of the same project: other services beside the first ones.
            found.compose[-1].append(os.path.join(here, name))
            there |= more
            continue
        found.whole = found.whole and more is not None
        found.others += sorted(more or ())
        taken = f", {' and '.join(chosen)} was taken" if chosen else ""
        said = f"a compose file that docker compose does not take by itself: it is left out{taken}; name it to read it"
        found.problems.append(Problem("left-out", said, os.path.join(here, name)))


def _only(names: list[str]) -> list[str]:
    return names if len(names) == 1 else []


def _services(file: str) -> set[str] | None:
    """All names of a file's services; None where it cannot be read."""
    try:
        return {name for service in read_compose([file]).services.values() for name in service.names}
    except InputError:
        return None


def _mounted(found: Sources) -> set[str]:
    """Files and folders of files that compose services mount."""
    paths: set[str] = set()
    projects = []
    for files in found.compose:
        try:
            stack = read_compose(files)
        except InputError as error:
            found.problems.append(Problem("unreadable", error.message, error.file, error.line, error.column))
            continue
        projects.append(files)
        for service in stack.services.values():
            for mount in service.container.mounts:
                if mount.kind != "host":
                    continue
                paths.add(os.path.realpath(mount.source))
                if os.path.isdir(mount.source):
                    names = sorted(os.listdir(mount.source))[:MAX_FILES]
                    paths |= {os.path.realpath(os.path.join(mount.source, name)) for name in names}
    found.compose = projects
    return paths
