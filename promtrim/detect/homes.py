"""In which containers a Prometheus configuration is read: those that mount it, or the only Prometheus there is."""

from __future__ import annotations

import os
from collections.abc import Sequence

from promtrim.detect.recognise import Recogniser
from promtrim.detect.units import Known, is_built_prometheus
from promtrim.errors import InputError
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.containers import Container, mounted_as
from promtrim.stack.pods import PodSet
from promtrim.stack.prometheus_config import PrometheusConfig, read_prometheus_config


def homes_of(config: PrometheusConfig, known: Sequence[Known], recogniser: Recogniser) -> list[PodSet | ComposeService]:
    """The servers that read a configuration; none where that cannot be told."""
    there = [each.unit for each in known if each.role == "prometheus"]
    there = there or [each.unit for each in known if is_built_prometheus(each.unit, recogniser)]
    mounting = [unit.origin for unit in there if any(_holds(each, config.file) for each in unit.containers)]
    # Others read such configurations too: agents, and databases that scrape by themselves.
    mounting = mounting or [each.unit.origin for each in known if _is_told(each.unit.containers, config.file)]
    if mounting:
        return mounting
    uses_kubernetes = any(each.kind == "kubernetes" for job in config.jobs for each in job.discoveries)
    fits = [unit.origin for unit in there if not (uses_kubernetes and isinstance(unit.origin, ComposeService))]
    if len(fits) != 1 or any(_reads_another(each, config) for unit in there for each in unit.containers):
        return []
    return fits


def _holds(container: Container, file: str) -> bool:
    """Whether a container mounts a file of this machine, or a folder that it lies in."""
    real = os.path.realpath(file)
    sources = (os.path.realpath(mount.source) for mount in container.mounts if mount.kind == "host" and mount.source)
    return any(real == source or real.startswith(source.rstrip("/") + "/") for source in sources)


def _reads_another(container: Container, config: PrometheusConfig) -> bool:
    """Whether a container mounts another file of this machine as its configuration: other text, and no rules."""
    for mount in container.mounts:
        named = mount.kind == "host" and mount.target.endswith((".yml", ".yaml")) and os.path.isfile(mount.source)
        if named and os.path.realpath(mount.source) != os.path.realpath(config.file):
            try:
                other = read_prometheus_config(mount.source)
            except InputError:
                continue
            if other.jobs and [job.name for job in other.jobs] != [job.name for job in config.jobs]:
                return True
    return False


def _is_told(containers: Sequence[Container], file: str) -> bool:
    """Whether an argument names the place at which a container mounts a file."""
    return any(
        path == word.partition("=")[2] or path == word
        for container in containers
        for path, _ in mounted_as(container, file)
        for word in container.command
    )
