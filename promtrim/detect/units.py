"""Workloads of manifests and services of compose files under one roof: so many copies of some containers, with names.

What a unit means for a topology is for :mod:`promtrim.detect.detect`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from promtrim.detect.recognise import STORES, Identity, Recogniser
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.compose import Stack
from promtrim.stack.containers import Container, Variable
from promtrim.stack.kubernetes import Cluster, Scaler, pods_of
from promtrim.stack.manifests import at, items, text
from promtrim.stack.pods import KINDS, PodSet
from promtrim.topology.model import WorkloadKind
from promtrim.yamltext.located import Place

Role = Literal["workload", "datastore", "prometheus", "alertmanager", "exporter"]


class Unit(msgspec.Struct, frozen=True):
    """Something that is deployed."""

    name: str
    namespace: str
    kind: WorkloadKind
    replicas: int | str | None
    replicas_source: str
    containers: tuple[Container, ...]
    names: tuple[str, ...]
    """What it is called on its network."""
    depends_on: tuple[str, ...]
    """Names that it says itself it depends on."""
    users: Place | None
    """Where it is opened to users, if it is."""
    optional: str
    """A compose profile without which it does not start; "" where it always does."""
    place: Place
    origin: PodSet | ComposeService


class Known(msgspec.Struct, frozen=True):
    """A unit and what it is."""

    unit: Unit
    role: Role
    identity: Identity
    """Of the container that gives it its role."""
    exporters: tuple[tuple[str, Container], ...]
    """Rulesets whose metrics its containers serve, by image, with the container."""


def units_of_cluster(cluster: Cluster) -> list[Unit]:
    """The workloads of a cluster."""
    scalers = {(each.namespace, KINDS.get(each.target_kind, ""), each.target): each for each in cluster.scalers}
    opened = _opened(cluster)
    names: dict[tuple[str, str, str], list[str]] = {}
    for service in cluster.services:
        for pods in pods_of(cluster, service):
            names.setdefault((pods.namespace, pods.kind, pods.name), []).append(service.name)
    found = []
    for pods in cluster.pod_sets:
        key = (pods.namespace, pods.kind, pods.name)
        replicas, source = _replicas(pods, scalers.get(key))
        found.append(
            Unit(
                name=pods.name,
                namespace=pods.namespace,
                kind=pods.kind,  # type: ignore[arg-type]
                replicas=replicas,
                replicas_source=source,
                containers=pods.containers,
                names=tuple(dict.fromkeys((*names.get(key, ()), pods.name))),
                depends_on=(),
                users=opened.get(key),
                optional="",
                place=pods.place,
                origin=pods,
            )
        )
    return found


def _replicas(pods: PodSet, scaler: Scaler | None) -> tuple[int | str | None, str]:
    if scaler is not None:
        most = "" if scaler.most is None else str(scaler.most)
        if str(scaler.least) == most:
            return scaler.least, f"{scaler.place} ({scaler.kind} {scaler.name})"
        return f"{scaler.least}..{most}", f"{scaler.place} ({scaler.kind} {scaler.name})"
    if pods.replicas is not None and pods.replicas_place == pods.place and pods.kind != "pod":
        return pods.replicas, f"{pods.place} (not written, so 1)"
    return pods.replicas, str(pods.replicas_place)


def _opened(cluster: Cluster) -> dict[tuple[str, str, str], Place]:
    """Workloads that users reach: behind an ingress, a route, or a service with a port outside."""
    names: dict[tuple[str, str], Place] = {}
    for resource in cluster.of_kind("Ingress"):
        backends = [at(resource.spec, "defaultBackend")]
        for rule in items(resource.spec.get("rules")):
            backends += [at(path, "backend") for path in items(at(rule, "http", "paths"))]
        for backend in backends:
            name = text(at(backend, "service", "name")) or text(at(backend, "serviceName"))
            names.setdefault((resource.namespace, name), resource.place)
    for resource in cluster.of_kind("HTTPRoute", "IngressRoute"):
        for rule in (*items(resource.spec.get("rules")), *items(resource.spec.get("routes"))):
            for backend in (*items(at(rule, "backendRefs")), *items(at(rule, "services"))):
                names.setdefault((resource.namespace, text(at(backend, "name"))), resource.place)
    found: dict[tuple[str, str, str], Place] = {}
    for service in cluster.services:
        place = names.get((service.namespace, service.name))
        if place is None and service.type in ("LoadBalancer", "NodePort"):
            place = service.place
        if place is not None:
            for pods in pods_of(cluster, service):
                found.setdefault((pods.namespace, pods.kind, pods.name), place)
    return found


def units_of_stack(stack: Stack) -> list[Unit]:
    """The services of a compose project."""
    return [
        Unit(
            name=service.name,
            namespace="",
            kind="container",
            replicas=service.replicas,
            replicas_source=f"{service.replicas_place}"
            + (f" (with the profile {service.profiles[0]})" if service.profiles else ""),
            containers=(service.container,),
            names=service.names,
            depends_on=service.depends_on,
            users=_published(service),
            optional=service.profiles[0] if service.profiles else "",
            place=service.place,
            origin=service,
        )
        for service in stack.services.values()
    ]


def _published(service: ComposeService) -> Place | None:
    local = ("127.0.0.1", "localhost", "::1")
    return service.place if any(each.address not in local for each in service.published) else None


def recognise_unit(unit: Unit, recogniser: Recogniser) -> Known:
    """What a unit is: by the first of its containers that is more than an exporter beside another one."""
    identities = [(container, recogniser.container(container)) for container in unit.containers]
    exporters = tuple((name, container) for container, identity in identities for name in identity.exporters)
    mains = [each for _, each in identities if not _only_exports(each)]
    if not mains:
        return Known(unit, "exporter", identities[0][1] if identities else Identity(), exporters)
    main = next((each for each in mains if each.kind in STORES), mains[0])
    role: Role = "workload"
    if main.kind in STORES:
        role = "datastore"
    elif main.technology == "prometheus":
        role = "prometheus"
    elif main.technology == "alertmanager":
        role = "alertmanager"
    return Known(unit, role, main, exporters)


def is_built_prometheus(unit: Unit, recogniser: Recogniser) -> bool:
    """Whether a service that is built here, so that no image tells, bears the name and port of Prometheus."""
    service = unit.origin
    if not isinstance(service, ComposeService) or service.name != "prometheus" or service.container.build is None:
        return False
    own = [head for head in recogniser.heads.values() if head.technology == "prometheus"]
    ports = {port for head in own for port in head.detect.ports}
    return any(each.container in ports for each in service.published)


_WATCHERS = frozenset({"node", "cluster", "volume", "probe", "hardware", "network", "cloud"})


def _only_exports(identity: Identity) -> bool:
    """Whether a container is there for its metrics alone."""
    if not identity.exporters:
        return False
    return identity.technology is None or identity.kind in _WATCHERS or identity.technology == "container"


_HOST = re.compile(r"(?:^|//|@|,)(?:[^@/\s,]*@)?([a-zA-Z0-9][a-zA-Z0-9._-]*)")
_LOCATION = re.compile(
    r"(?:^|_)(?:URL|URI|HOST|HOSTS|HOSTNAME|ADDR|ADDRESS|DSN|ENDPOINT|SERVER|SERVERS|BROKERS|CONNECTION|CONN|NODES)"
    r"(?:_|$)|(?:URL|URI|HOST)S?$",
    re.IGNORECASE,
)


def hosts_in(value: str) -> list[str]:
    """Host names that a variable's value may speak of: ``redis``, ``redis:6379``, ``mongodb://user@mongo/db``."""
    found = []
    for match in _HOST.finditer(value.strip()):
        host = match[1]
        found += [host, host.partition(".")[0]]
    return found


def says_where(variable: Variable) -> bool:
    """Whether a variable tells where something is."""
    return bool(_LOCATION.search(variable.name))


def scheme_of(value: str) -> str:
    """``mongodb`` of ``mongodb+srv://...``; "" where the value is no URL."""
    head, colon, _ = value.partition("://")
    return head.partition("+")[0].lower() if colon and re.fullmatch(r"[a-zA-Z0-9+]+", head) else ""


def variables_of(containers: Iterable[Container]) -> list[Variable]:
    """The environment of all containers."""
    return [variable for container in containers for variable in container.environment]


_MANY = re.compile(
    r"repl|cluster|shard|sentinel|galera|wsrep|peer|join|seed|slave|master|primary|standby|raft|ensemble|quorum|discovery"
    r"|advertise|controller|zk_?(?:host|run|server)|zoo(?:keeper|\d)|--cloud",
    re.IGNORECASE,
)
_ALONE = re.compile(r"single-node", re.IGNORECASE)
_SETTINGS = re.compile(r"\.(?:conf|cnf|ya?ml|properties|ini|toml)$|^/etc/|/config(?:/|$)|/conf(?:\.d)?(?:/|$)")


def stands_alone(unit: Unit) -> bool | None:
    """Whether a datastore of one member certainly runs by itself: nothing in its settings speaks of others.

    None where its settings lie in a file that was not looked into.
    """
    for container in unit.containers:
        settings = [f"{variable.name}={variable.value or ''}" for variable in container.environment]
        said = " ".join((*container.command, *settings))
        if _ALONE.search(said):
            return True
        if _MANY.search(said):
            return None
        if any(mount.kind in ("host", "configmap") and _SETTINGS.search(mount.target) for mount in container.mounts):
            return None
    return True
