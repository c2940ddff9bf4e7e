"""ConfigMaps that hold rules, and what of them a pod sees; resources of a Prometheus operator that select rules."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator

from promtrim.path.model import Said, said
from promtrim.rulefile.model import Document, Rule
from promtrim.stack.containers import Container, Mount
from promtrim.stack.kubernetes import Cluster, PodSet, selects
from promtrim.stack.kustomize.transform import pod_template
from promtrim.stack.manifests import Resource, at, items, text, texts
from promtrim.yamltext.located import Place, YamlMap


def selected(server: Resource, own: Resource) -> Said:
    """Whether a Prometheus resource selects a PrometheusRule."""
    selector = server.spec.get("ruleSelector")
    if isinstance(selector, YamlMap) and not selector:
        return said("ok", f"{server} selects all rules", server.spec.at("ruleSelector"))
    wanted = texts(at(selector, "matchLabels"))
    if wanted and selects(wanted, own.labels) and not at(selector, "matchExpressions"):
        return said("ok", f"{server} selects it", server.spec.at("ruleSelector"))
    return said("open", "no Prometheus among the manifests selects it by labels", server.place)


def seen_as(held: Iterable[tuple[Resource, str]], home: Container) -> Iterator[tuple[str, str, Mount]]:
    """Where keys of ConfigMaps stand in a container."""
    for resource, key in held:
        for mount in home.mounts:
            if mount.kind == "configmap" and mount.source == f"configmap:{resource.name}":
                if mount.sub_path:
                    if mount.sub_path == key:
                        yield mount.target, key, mount
                else:
                    yield posixpath.join(mount.target, key), key, mount


def key_of(resource: Resource, data: YamlMap, document: Document, rule: Rule) -> str:
    """The key of a ConfigMap under which a rule of a document stands."""
    if os.path.realpath(resource.place.file) != os.path.realpath(document.file):
        return ""
    best = ""
    for key in data:
        place: Place = data.at(key)
        if os.path.realpath(place.file) == os.path.realpath(document.file) and place.line <= rule.line:
            best = key
    if best and rule.line >= data.at(best).line + str(data[best]).count("\n") + 2:
        return ""  # below the whole text: of another resource in the same file
    return best


def renamed(pods: PodSet | None, cluster: Cluster) -> set[str]:
    """ConfigMaps of Prometheus' pod whose keys appear under other names."""
    found: set[str] = set()
    for resource in cluster.resources if pods else ():
        if pods and (resource.name, resource.place) == (pods.name, pods.place):
            for volume in items(at(pod_template(resource), "spec", "volumes")):
                if at(volume, "configMap", "items"):
                    found.add(f"configmap:{text(at(volume, 'configMap', 'name'))}")
    return found
