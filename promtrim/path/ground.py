"""What the way leads over: the sources, read; configurations that containers mount or ConfigMaps hold found by themselves.

A configuration that cannot be read is no reason to stop: it is what keeps a server from starting, and is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from promtrim.detect.detect import Detection, detect
from promtrim.detect.units import Unit
from promtrim.errors import InputError
from promtrim.path.mounts import DEFAULTS, config_path, host_files
from promtrim.rulefile.model import Problem
from promtrim.stack.alertmanager_config import (
    AlertmanagerConfig,
    looks_like_alertmanager,
    parse_alertmanager_config,
    read_alertmanager_config,
)
from promtrim.stack.compose import read_compose
from promtrim.stack.manifests import problem_of
from promtrim.stack.prometheus_config import looks_like_prometheus, read_prometheus_config
from promtrim.stack.sources import Sources, find_sources, is_template
from promtrim.yamltext import read_source
from promtrim.yamltext.located import YamlMap, read_all

if TYPE_CHECKING:
    from promtrim.detect.live import Live
    from promtrim.http import Server
    from promtrim.knowledge.model import Ruleset

MAX_BYTES = 4 << 20


class Ground(msgspec.Struct, frozen=True):
    """All that is known of what runs and how it is configured."""

    detection: Detection
    alertmanagers: tuple[AlertmanagerConfig, ...]
    """Given, mounted, or held by a ConfigMap."""
    problems: tuple[Problem, ...]
    """What could not be read, and what keeps servers from starting."""

    def units(self, role: str) -> list[Unit]:
        """What is deployed in a role (``prometheus``, ``alertmanager``)."""
        return [each.unit for each in self.detection.known if each.role == role]


def survey(sources: Sources | str, heads: Mapping[str, Ruleset]) -> Ground:
    """Read the sources; a folder is looked through for them.

    Raises:
        InputError: something that was named does not exist, or is nothing of its kind.
    """
    if isinstance(sources, str):
        sources = find_sources(sources)
    problems: list[Problem] = list(sources.problems)
    prometheus, alertmanager = list(sources.prometheus_config), list(sources.alertmanager_config)
    _add_mounted(sources, prometheus, alertmanager)
    read = [path for path in prometheus if _readable(path, "prometheus", problems)]
    told = [path for path in alertmanager if _readable(path, "alertmanager", problems)]
    detection = detect(
        heads,
        kubernetes=sources.kubernetes,
        compose=sources.compose,
        prometheus_config=read,
        alertmanager_config=told,
        closed=sources.closed,
        whole=sources.whole,
        others=sources.others,
        partial=_unrendered(sources.problems),
        live=_live(sources.prometheus, heads),
    )
    held = _in_config_maps(detection, problems)
    problems += [each for config in held for each in config.problems]
    return Ground(detection, (*detection.alertmanager, *held), tuple(dict.fromkeys((*problems, *detection.problems))))


def _live(servers: Iterable[Server], heads: Mapping[str, Ruleset]) -> list[Live]:
    """What running servers tell.

    Raises:
        RemoteError: one does not answer.
    """
    if not servers:
        return []
    from promtrim.detect.live.read import read_live
    from promtrim.knowledge.index import shipped

    index = msgspec.structs.replace(shipped(), heads=dict(heads))
    return [read_live(server, index) for server in servers]


def _unrendered(problems: Iterable[Problem]) -> str:
    chart = next((each for each in problems if each.code == "helm-chart"), None)
    return f"what the Helm chart {os.path.dirname(chart.file)} deploys is not known" if chart else ""


def _readable(path: str, server: str, problems: list[Problem]) -> bool:
    """Whether a configuration can be read; where it cannot, its server does not start.

    Raises:
        InputError: there is no such file.
    """
    if not os.path.isfile(path):
        raise InputError("there is no such file", path)
    try:
        read_prometheus_config(path) if server == "prometheus" else read_alertmanager_config(path)
    except InputError as error:
        if is_template(path):
            said = "a template: render it (ansible-playbook, helm template, ...) and name the result"
            problems.append(Problem("template", said, error.file, error.line, error.column))
            return False
        said = f"{error.message}: {server.capitalize()} does not start with it"
        problems.append(Problem(f"{server}-cannot-start", said, error.file, error.line, error.column))
        return False
    return True


def _add_mounted(sources: Sources, prometheus: list[str], alertmanager: list[str]) -> None:
    """Configurations that services of the compose files mount, where none of their kind was named."""
    wants = ((not prometheus, prometheus, looks_like_prometheus), (not alertmanager, alertmanager, looks_like_alertmanager))
    if not any(want for want, _, _ in wants):
        return
    for files in sources.compose:
        for service in read_compose(files).services.values():
            inside = dict.fromkeys(config_path(service.container, each) for each in DEFAULTS)
            for path in (host for target in inside for host in host_files(service.container, target)):
                for want, found, looks_like in wants:
                    if want and path not in found and any(looks_like(each) for each in _documents(path)):
                        found.append(path)


def _documents(path: str) -> Iterable[object]:
    try:
        return [value for _, value in read_all(read_source(path, MAX_BYTES).text, path)]
    except InputError:
        return []


def _in_config_maps(detection: Detection, problems: list[Problem]) -> list[AlertmanagerConfig]:
    found = []
    for resource in detection.cluster.of_kind("ConfigMap", "Secret") if detection.cluster else ():
        for section in ("data", "stringData"):
            data = resource.data.get(section)
            if not isinstance(data, YamlMap):
                continue
            for key, value in data.items():
                if not isinstance(value, str) or "receivers" not in value or not key.endswith((".yml", ".yaml")):
                    continue
                place = data.at(key)
                before = 0 if place.column == 1 and place.line == 1 else place.line
                try:
                    if any(looks_like_alertmanager(each) for _, each in read_all(value, place.file)):
                        found.append(parse_alertmanager_config(value, place.file, before))
                except InputError as error:
                    problems.append(problem_of(error))
    return found
