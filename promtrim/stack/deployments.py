"""Several deployments in one folder: which one is meant. What is not taken is named, with what was taken instead.

A person who looks at a repository means what runs for real: of overlays on one base production, of a cluster and a compose
project the one that Prometheus watches. Where nothing tells them apart, all are read together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.compose import Stack, read_compose
from promtrim.stack.kubernetes import Cluster, kustomizations_and_files, read_kubernetes
from promtrim.stack.kustomize import build
from promtrim.stack.kustomize.transform import split_image
from promtrim.stack.prometheus_config import PrometheusConfig, read_prometheus_config

if TYPE_CHECKING:
    from promtrim.stack.sources import Sources

_PRODUCTION = re.compile(r"(^|[-_.])(prod|production|prd|live)([-_.]|$)")


def says_production(path: str) -> bool:
    """Whether a part of a path, or a word of it, says that this is what runs for real."""
    return any(_PRODUCTION.search(part) for part in path.split(os.sep))


def choose(found: Sources, folder: str, manifests: Iterable[str]) -> None:
    """Narrow what was found in a folder to one deployment, where that can be told.

    Args:
        manifests: the files and folders of manifests that were found.
    """
    if found.kubernetes:
        _choose_overlays(found, folder, [path for path in manifests if os.path.isfile(path)])
    if len(found.compose) > 1:
        _choose_projects(found)
    if found.compose and found.kubernetes:
        _choose_kind(found, folder)


def _choose_overlays(found: Sources, folder: str, manifests: list[str]) -> None:
    """Of kustomizations on one base the one whose name says that it is production."""
    roots, plain = kustomizations_and_files(folder)
    bases: dict[str, set[str]] = {}
    for root in roots:
        try:
            bases[root] = {os.path.realpath(each) for each in build(root).folders[1:]}
        except InputError:
            bases[root] = set()
    left: dict[str, str] = {}
    for root in roots:
        alike = [each for each in roots if each == root or bases[each] & bases[root]]
        real = [each for each in alike if says_production(os.path.relpath(each, folder))]
        if len(alike) > 1 and len(real) == 1 and root != real[0]:
            left[root] = real[0]
    if not left:
        return
    for root, instead in left.items():
        said = f"stands on the same base as {instead}, which was taken; name it with --kubernetes to read it instead"
        found.problems.append(Problem("left-out", said, root))
    files = {os.path.realpath(path) for path in plain}
    taken = [root for root in roots if root not in left]
    found.kubernetes = [*taken, *(path for path in manifests if os.path.realpath(path) in files)]


def _choose_projects(found: Sources) -> None:
    """Of compose projects with services of the same names the one that has the Prometheus."""
    stacks = [read_compose(files) for files in found.compose]
    configs = {os.path.realpath(path) for path in found.prometheus_config}
    watched = [stack for stack in stacks if _has_prometheus(stack, configs)]
    if len(watched) != 1:
        return
    names = set(watched[0].services)
    for files, stack in list(zip(found.compose, stacks, strict=True)):
        if stack is watched[0] or not names & set(stack.services):
            continue
        found.compose.remove(files)
        said = f"has services of the names in {watched[0].files[0]}, which was taken since Prometheus runs there"
        found.problems.append(Problem("left-out", f"{said}; name it with --compose to read it instead", files[0]))


def _has_prometheus(stack: Stack, configs: set[str]) -> bool:
    for service in stack.services.values():
        if _is_prometheus(service.container.image):
            return True
        if any(mount.kind == "host" and os.path.realpath(mount.source) in configs for mount in service.container.mounts):
            return True
    return False


def _choose_kind(found: Sources, folder: str) -> None:
    """Of a cluster and compose projects the one that Prometheus discovers in, or runs in."""
    configs = list(_configs(found.prometheus_config))
    mounted = {os.path.realpath(path) for path in found.prometheus_config}
    compose = ", ".join(files[0] for files in found.compose)
    watched = [files[0] for files in found.compose if _has_prometheus(read_compose(files), mounted)]
    if any(_discovers_in_cluster(config) for config in configs):
        for files in found.compose:
            said = "Prometheus discovers its targets in a cluster, so that the manifests were taken"
            found.problems.append(Problem("left-out", f"{said}; name it with --compose to read it instead", files[0]))
        found.compose = []
        return
    if configs and watched and not _watches(read_kubernetes(found.kubernetes)):
        said = f"Prometheus runs in {watched[0]} and discovers nothing in a cluster, so that the manifests were left out"
        found.problems.append(Problem("left-out", f"{said}; name them with --kubernetes to read them instead", folder))
        found.kubernetes = []
        return
    said = f"manifests and {compose} are read together; name one of them with --kubernetes or --compose to read it alone"
    found.problems.append(Problem("several-deployments", said, folder))


def _configs(paths: Iterable[str]) -> Iterable[PrometheusConfig]:
    for path in paths:
        try:
            yield read_prometheus_config(path)
        except InputError:
            continue  # told where it is read for good


def _discovers_in_cluster(config: PrometheusConfig) -> bool:
    """Whether it can only run inside a cluster: it discovers there and names no API server."""
    return any(
        each.kind == "kubernetes" and not each.data.get("api_server") and not each.data.get("kubeconfig_file")
        for job in config.jobs
        for each in job.discoveries
    )


def _watches(cluster: Cluster) -> bool:
    """Whether the manifests hold a Prometheus or an Alertmanager, or what one that is there already shall read."""
    if any(each.group == "monitoring.coreos.com" for each in cluster.resources):
        return True
    if any(_is_prometheus(container.image) for pods in cluster.pod_sets for container in pods.containers):
        return True
    texts = (str(each.data.get("data")) for each in cluster.of_kind("ConfigMap"))
    return any("scrape_configs" in text or "receivers" in text for text in texts)


def _is_prometheus(image: str) -> bool:
    return split_image(image)[0].rpartition("/")[2] == "prometheus"
