"""Collectors and gateways: whether they hand over whatever there is, or only what applications push of their own.

What exporters measure comes through a collector only where it scrapes them. Source: the receivers of
https://opentelemetry.io/docs/collector/configuration/.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from promtrim.detect.recognise import Recogniser
from promtrim.errors import InputError
from promtrim.stack.containers import Container
from promtrim.stack.kubernetes import Cluster
from promtrim.stack.manifests import at, items, text
from promtrim.yamltext import read_source
from promtrim.yamltext.located import YamlMap, read_all

MAX_BYTES = 1 << 20
MAX_FILES = 50
PUSHED = frozenset({"otlp", "statsd", "zipkin", "jaeger", "opencensus", "hostmetrics", "nop"})
"""Receivers that take what is pushed to them, or measure under names of their own."""


def only_pushed(containers: Iterable[Container], cluster: Cluster | None, recogniser: Recogniser) -> bool:
    """Whether all that pass on series of others certainly pass on only what applications push."""
    relays = [each for each in containers if recogniser.relays(each)]
    return all(recogniser.takes_pushes(each) or _only_pushed(each, cluster) for each in relays)


def _only_pushed(container: Container, cluster: Cluster | None) -> bool:
    configs = [each for each in _documents(container, cluster) if isinstance(at(each, "receivers"), dict)]
    return bool(configs) and all(_receivers(each) <= PUSHED for each in configs)


def _receivers(config: Any) -> set[str]:
    """Kinds of receivers that a pipeline of metrics uses; what connects two pipelines is none."""
    connectors = set(at(config, "connectors") or ())
    pipelines = at(config, "service", "pipelines")
    return {
        text(each).partition("/")[0]
        for name, pipeline in (pipelines.items() if isinstance(pipelines, dict) else ())
        if name.partition("/")[0] == "metrics"
        for each in items(at(pipeline, "receivers"))
        if text(each) not in connectors
    } or {""}


def _documents(container: Container, cluster: Cluster | None) -> Iterator[Any]:
    """What its mounted files hold, as far as they are YAML."""
    for name, source in _texts(container, cluster):
        try:
            yield from (value for _, value in read_all(source, name))
        except InputError:
            continue


def _texts(container: Container, cluster: Cluster | None) -> Iterator[tuple[str, str]]:
    for mount in container.mounts:
        if mount.kind == "host":
            paths = [mount.source]
            if os.path.isdir(mount.source):
                paths = [os.path.join(mount.source, name) for name in sorted(os.listdir(mount.source))[:MAX_FILES]]
            for path in paths:
                if path.endswith((".yml", ".yaml")) and os.path.isfile(path):
                    try:
                        yield path, read_source(path, MAX_BYTES).text
                    except InputError:
                        continue
        elif mount.kind == "configmap":
            for resource in cluster.of_kind("ConfigMap") if cluster else ():
                data = resource.data.get("data")
                if mount.source == f"configmap:{resource.name}" and isinstance(data, YamlMap):
                    yield from ((key, value) for key, value in data.items() if isinstance(value, str))
