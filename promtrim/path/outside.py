"""Checks from outside for what users touch, made from the health checks that manifests and compose files name."""

from __future__ import annotations

import msgspec

from promtrim.detect.units import Unit
from promtrim.path.ground import Ground
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.containers import Container, HealthCheck
from promtrim.stack.kubernetes import Cluster, PodSet, Service, pods_of
from promtrim.stack.manifests import at, items, text
from promtrim.topology.model import Topology

HOST = "YOUR-HOST"
"""Stands for the name of a Docker host, which compose files do not say."""


class Check(msgspec.Struct, frozen=True):
    """An URL that tells whether users are served."""

    component: str
    url: str
    """As seen from outside."""
    inside: str
    """As Prometheus' network sees it."""
    source: str
    """Where the health check stands."""


def checks(ground: Ground, topology: Topology) -> tuple[Check, ...]:
    """One check for each workload that users touch, that says how it is asked, and that nobody outside asks yet."""
    detection = ground.detection
    checked = {each.component for each in topology.external_checks}
    found: dict[str, Check] = {}
    for known in detection.known:
        unit = known.unit
        if unit.users is None or known.role != "workload" or unit.name in checked:
            continue
        for container in unit.containers:
            for health in container.health[:1]:
                made = _check(unit, container, health, detection.cluster)
                if made is not None:
                    found.setdefault(unit.name, made)
    return tuple(found.values())


def _check(unit: Unit, container: Container, health: HealthCheck, cluster: Cluster | None) -> Check | None:
    port = _number(container, health.port)
    if port is None:
        return None
    if isinstance(unit.origin, ComposeService):
        published = next((each.host for each in unit.origin.published if each.container == port), None)
        if published is None:
            return None
        usual = 443 if health.scheme == "https" else 80
        outer = HOST if published == usual else f"{HOST}:{published}"
        inner = f"{health.scheme}://{unit.name}:{port}{health.path}"
        return Check(unit.name, f"{health.scheme}://{outer}{health.path}", inner, str(health.place))
    if cluster is None or not isinstance(unit.origin, PodSet):
        return None
    for service in cluster.services:
        if any(pods is unit.origin for pods in pods_of(cluster, service)):
            served = next((number for name, number, wanted in service.ports if _number(container, wanted) == port), None)
            if served is None:
                continue
            space = f".{service.namespace}.svc" if service.namespace else ""
            inner = f"{health.scheme}://{service.name}{space}:{served}{health.path}"
            return Check(unit.name, _public(service, cluster, health) or inner, inner, str(health.place))
    return None


def _public(service: Service, cluster: Cluster, health: HealthCheck) -> str:
    """Through the ingress, where one leads there."""
    for ingress in cluster.of_kind("Ingress"):
        if ingress.namespace != service.namespace:
            continue
        secure = {text(host) for entry in items(ingress.spec.get("tls")) for host in items(at(entry, "hosts"))}
        for rule in items(ingress.spec.get("rules")):
            host = text(at(rule, "host"))
            for path in items(at(rule, "http", "paths")):
                prefix = text(at(path, "path")) or "/"
                leads = text(at(path, "backend", "service", "name")) == service.name
                if host and leads and health.path.startswith(prefix):
                    return f"{'https' if host in secure else 'http'}://{host}{health.path}"
    return ""


def _number(container: Container, port: int | str) -> int | None:
    if isinstance(port, int):
        return port
    return next((each.number for each in container.ports if each.name == port), None)
