"""Kubernetes manifests to what they deploy: workloads, services, autoscalers, budgets, monitors.

Folders with a kustomization are built as kustomize would; other folders are read file by file. How this becomes a
topology is for :mod:`promtrim.detect.detect`.
"""

from __future__ import annotations

import os

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.kustomize import build, kustomization_in
from promtrim.stack.kustomize.build import not_deployed
from promtrim.stack.manifests import (
    Resource,
    at,
    integer,
    items,
    problem,
    problem_of,
    read_manifests,
    text,
    texts,
)
from promtrim.stack.pods import KINDS, PodSet, read_pod_set
from promtrim.yamltext.located import Place

__all__ = [
    "Cluster", "PodSet", "Scaler", "Service", "idle_scalers", "incomplete", "kustomizations_and_files", "pods_of",
    "read_kubernetes", "selects", "to_cluster",
]  # fmt: skip

_MAX_FILES = 5000
_SKIPPED_FOLDERS = frozenset({".git", "node_modules", ".terraform", "vendor", "__pycache__", ".venv"})


class Service(msgspec.Struct, frozen=True):
    """A service: a name that leads to pods."""

    name: str
    namespace: str
    type: str
    headless: bool
    selector: dict[str, str]
    ports: tuple[tuple[str, int, int | str], ...]
    """Name, port, target port (number or name)."""
    labels: dict[str, str]
    annotations: dict[str, str]
    place: Place
    external_name: str = ""


class Scaler(msgspec.Struct, frozen=True):
    """An autoscaler of a workload's replicas."""

    kind: str
    name: str
    namespace: str
    target_kind: str
    target: str
    least: int
    most: int | None
    place: Place


class Cluster(msgspec.Struct, frozen=True):
    """All that was read."""

    resources: tuple[Resource, ...]
    pod_sets: tuple[PodSet, ...]
    services: tuple[Service, ...]
    scalers: tuple[Scaler, ...]
    problems: tuple[Problem, ...]
    not_deployed: tuple[tuple[str, tuple[Resource, ...]], ...] = ()
    """Manifests that lie beside a kustomization and are not in it."""

    def of_kind(self, *kinds: str) -> list[Resource]:
        """The resources of some kinds, in order."""
        return [each for each in self.resources if each.kind in kinds]


def read_kubernetes(paths: list[str]) -> Cluster:
    """Read files and folders of manifests.

    Raises:
        InputError: a path does not exist. What cannot be read inside a folder is among the problems.
    """
    resources: list[Resource] = []
    problems: list[Problem] = []
    left_out: list[tuple[str, tuple[Resource, ...]]] = []
    for path in paths:
        if os.path.isdir(path):
            _read_folder(path, resources, problems, left_out)
        else:
            found, said = read_manifests(path)
            resources += found
            problems += said
    return to_cluster(resources, problems, left_out)


def to_cluster(
    resources: list[Resource],
    problems: list[Problem],
    left_out: list[tuple[str, tuple[Resource, ...]]] | None = None,
) -> Cluster:
    """What resources deploy."""
    configs = {(each.namespace, each.name): each for each in resources if each.kind == "ConfigMap"}
    return Cluster(
        resources=tuple(resources),
        pod_sets=tuple(made for each in resources if (made := read_pod_set(each, configs)) is not None),
        services=tuple(_service(each) for each in resources if each.kind == "Service" and not each.group),
        scalers=tuple(scaler for each in resources if (scaler := _scaler(each)) is not None),
        problems=tuple(problems),
        not_deployed=tuple(left_out or ()),
    )


def _read_folder(
    folder: str,
    resources: list[Resource],
    problems: list[Problem],
    left_out: list[tuple[str, tuple[Resource, ...]]],
) -> None:
    """Kustomizations that no other one includes are built; folders without one are read file by file."""
    roots, plain = kustomizations_and_files(folder)
    for root in roots:
        try:
            built = build(root)
        except InputError as error:
            problems.append(problem_of(error))
            continue
        resources += built.resources
        problems += [each for each in built.problems if each not in problems]
        for path, found in not_deployed(built):
            if all(path != known for known, _ in left_out):
                left_out.append((path, tuple(found)))
    for path in plain:
        try:
            found, said = read_manifests(path)
        except InputError as error:
            problems.append(problem_of(error))
            continue
        resources += found
        problems += said
    if len(plain) >= _MAX_FILES:
        problems.append(Problem("too-many-files", f"only the first {_MAX_FILES} YAML files are read", folder))


def kustomizations_and_files(folder: str) -> tuple[list[str], list[str]]:
    """Folders of kustomizations to build, and YAML files that belong to none."""
    kustomized: list[str] = []
    plain: list[str] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS and not name.startswith("."))
        if kustomization_in(here):
            kustomized.append(here)
        elif len(plain) < _MAX_FILES and not any(_within(here, each) for each in kustomized):
            plain += [os.path.join(here, name) for name in sorted(files) if name.endswith((".yaml", ".yml"))]
    if not kustomized:
        return [], plain
    included = set()
    for each in kustomized:
        try:
            built = build(each)
        except InputError:
            continue
        included |= {os.path.realpath(inner) for inner in built.folders[1:]}
        named = {os.path.realpath(resource.place.file) for resource in built.resources}
        plain = [path for path in plain if os.path.realpath(path) not in named]
    roots = [each for each in kustomized if os.path.realpath(each) not in included and not _is_component(each)]
    return roots, plain


def _within(folder: str, above: str) -> bool:
    return folder.startswith(above + os.sep)


def _is_component(folder: str) -> bool:
    path = kustomization_in(folder)
    if path is None:
        return False
    with open(path, encoding="utf-8", errors="replace") as handle:
        return "\nkind: Component" in "\n" + handle.read(1 << 20)


def _service(resource: Resource) -> Service:
    spec = resource.spec
    ports = []
    for port in items(spec.get("ports")):
        number = integer(at(port, "port"))
        if number is None:
            continue
        target = at(port, "targetPort")
        wanted = integer(target)
        ports.append((text(at(port, "name")), number, wanted if wanted is not None else text(target) or number))
    return Service(
        name=resource.name,
        namespace=resource.namespace,
        type=text(spec.get("type")) or "ClusterIP",
        headless=text(spec.get("clusterIP")) == "None",
        selector=texts(spec.get("selector")),
        ports=tuple(ports),
        labels=resource.labels,
        annotations=resource.annotations,
        place=resource.place,
        external_name=text(spec.get("externalName")),
    )


def _scaler(resource: Resource) -> Scaler | None:
    if resource.kind == "HorizontalPodAutoscaler":
        least, most, default, ceiling = "minReplicas", "maxReplicas", 1, None
    elif resource.kind == "ScaledObject":
        least, most, default, ceiling = "minReplicaCount", "maxReplicaCount", 0, 100
    else:
        return None
    target = at(resource.spec, "scaleTargetRef")
    low = integer(resource.spec.get(least))
    high = integer(resource.spec.get(most))
    return Scaler(
        kind=resource.kind,
        name=resource.name,
        namespace=resource.namespace,
        target_kind=text(at(target, "kind")) or "Deployment",
        target=text(at(target, "name")),
        least=default if low is None else low,
        most=ceiling if high is None else high,
        place=resource.place,
    )


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """Whether a service's selector fits pods with these labels; an empty one fits none."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def pods_of(cluster: Cluster, service: Service) -> list[PodSet]:
    """The workloads that a service leads to."""
    return [
        each for each in cluster.pod_sets if each.namespace == service.namespace and selects(service.selector, each.labels)
    ]


_DEPLOYERS = ("HelmRelease", "HelmChart", "Application", "ApplicationSet")
"""Resources by which something else deploys what no manifest here shows: Flux, K3s, Argo CD."""


def incomplete(cluster: Cluster) -> str:
    """Why manifests do not show all that they deploy; "" where they do."""
    unread = next((each for each in cluster.problems if each.code in ("unreadable", "bad-manifest")), None)
    if unread is not None:
        return f"{unread.file} is a manifest that cannot be read"
    deployers = cluster.of_kind(*_DEPLOYERS)
    return f"{deployers[0]} deploys what is not shown here ({deployers[0].place})" if deployers else ""


def idle_scalers(cluster: Cluster) -> list[Problem]:
    """Autoscalers whose workload is not there."""
    there = {(each.namespace, each.kind, each.name) for each in cluster.pod_sets}
    found = []
    for scaler in cluster.scalers:
        kind = KINDS.get(scaler.target_kind)
        if kind and (scaler.namespace, kind, scaler.target) not in there:
            said = f"{scaler.kind} {scaler.name} scales {scaler.target_kind} {scaler.target}, which is not here"
            found.append(problem("idle-autoscaler", said, scaler.place))
    return found
