"""What Prometheus' Kubernetes service discovery finds among manifests.

Labels as https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config lists them; what
is only known at run time (addresses, pod names) is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from promtrim.stack.containers import Container
from promtrim.stack.kubernetes import Cluster, Service, pods_of
from promtrim.stack.manifests import at, items, text
from promtrim.stack.pods import PodSet
from promtrim.stack.prometheus_config import Discovery
from promtrim.stack.relabel import UNKNOWN

PREFIX = "__meta_kubernetes_"
ROLES = frozenset({"pod", "endpoints", "endpointslice", "service"})
"""Roles that are matched against manifests; nodes and ingresses are not."""


class Candidate(msgspec.Struct, frozen=True):
    """A target as discovery would offer it to relabelling."""

    labels: dict[str, str]
    pods: PodSet | None
    container: Container | None
    service: Service | None
    certain: bool
    """False where the discovery itself may leave it out."""


def candidates(discovery: Discovery, cluster: Cluster) -> Iterator[Candidate]:
    """All targets that a discovery offers."""
    role = text(discovery.data.get("role"))
    for candidate in _of_role(role, cluster):
        namespace = candidate.labels[PREFIX + "namespace"]
        within = _within(discovery, namespace)
        selected = _selected(discovery, role, candidate)
        if within is not False and selected is not False:
            yield msgspec.structs.replace(candidate, certain=within is True and selected is True)


def _of_role(role: str, cluster: Cluster) -> Iterator[Candidate]:
    if role == "pod":
        for pods in cluster.pod_sets:
            yield from _pod_targets(pods, {}, None)
    elif role in ("endpoints", "endpointslice"):
        for service in cluster.services:
            for pods in pods_of(cluster, service):
                yield from _endpoint_targets(service, pods, role)
    elif role == "service":
        for service in cluster.services:
            for name, port, _ in service.ports or (("", 0, 0),):
                labels = _service_labels(service)
                labels[PREFIX + "service_port_name"] = name
                labels[PREFIX + "service_port_number"] = str(port)
                labels["__address__"] = f"{service.name}.{service.namespace or UNKNOWN}.svc:{port}"
                backing = pods_of(cluster, service)
                yield Candidate(labels, backing[0] if len(backing) == 1 else None, None, service, True)


def _within(discovery: Discovery, namespace: str) -> bool | None:
    """Whether a discovery looks into a namespace; None where either is not known."""
    wanted = {text(name) for name in items(at(discovery.data, "namespaces", "names"))}
    if at(discovery.data, "namespaces", "own_namespace") is True:
        return True if namespace in wanted else None
    if not wanted or namespace in wanted:
        return True
    return None if namespace == UNKNOWN else False


_TERM = re.compile(r"\s*([^!=,\s]+)\s*(!=|==?)\s*([^,\s]*)\s*$")


def _selected(discovery: Discovery, role: str, candidate: Candidate) -> bool | None:
    """Whether the API server hands it out under the discovery's own selectors; None where that is not known."""
    answer: bool | None = True
    for selector in items(discovery.data.get("selectors")):
        if text(at(selector, "field")):
            answer = None
        if text(at(selector, "role")) != role:
            continue
        holder = candidate.service if role != "pod" else candidate.pods
        labels = holder.labels if holder else {}
        for term in filter(None, text(at(selector, "label")).split(",")):
            match = _TERM.match(term)
            if match is None:
                answer = None
            elif (labels.get(match[1]) == match[3]) is (match[2] == "!="):
                return False
    return answer


def _name(label: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", label)


def _pod_labels(pods: PodSet) -> dict[str, str]:
    controllers = {"deployment": "ReplicaSet", "statefulset": "StatefulSet", "daemonset": "DaemonSet", "job": "Job",
                   "cronjob": "Job", "replicaset": "ReplicaSet"}  # fmt: skip
    labels = {
        PREFIX + "namespace": pods.namespace or UNKNOWN,
        PREFIX + "pod_name": pods.name if pods.kind == "pod" else f"{pods.name}-{UNKNOWN}",
        PREFIX + "pod_controller_kind": controllers.get(pods.kind, ""),
        PREFIX + "pod_controller_name": f"{pods.name}-{UNKNOWN}" if pods.kind == "deployment" else pods.name,
    }
    for key in ("pod_ip", "pod_ready", "pod_phase", "pod_node_name", "pod_host_ip", "pod_uid"):
        labels[PREFIX + key] = UNKNOWN
    if pods.kind == "deployment":
        labels[PREFIX + "pod_label_pod_template_hash"] = UNKNOWN
    for kind, values in (("label", pods.labels), ("annotation", pods.annotations)):
        for key, value in values.items():
            labels[f"{PREFIX}pod_{kind}_{_name(key)}"] = value
            labels[f"{PREFIX}pod_{kind}present_{_name(key)}"] = "true"
    return labels


def _pod_targets(pods: PodSet, more: dict[str, str], service: Service | None) -> Iterator[Candidate]:
    """One per declared port of each container, or one per container that declares none."""
    for container in pods.containers:
        labels = {**_pod_labels(pods), **more, **_container_labels(container)}
        for port in container.ports:
            yield Candidate(
                {
                    **labels,
                    "__address__": f"{UNKNOWN}:{port.number}",
                    PREFIX + "pod_container_port_name": port.name,
                    PREFIX + "pod_container_port_number": str(port.number),
                    PREFIX + "pod_container_port_protocol": port.protocol,
                },
                pods, container, service, True,
            )  # fmt: skip
        if not container.ports:
            yield Candidate({**labels, "__address__": UNKNOWN}, pods, container, service, True)


def _container_labels(container: Container) -> dict[str, str]:
    return {
        PREFIX + "pod_container_name": container.name,
        PREFIX + "pod_container_image": container.image,
        PREFIX + "pod_container_id": UNKNOWN,
        PREFIX + "pod_container_init": "false",
    }


def _service_labels(service: Service) -> dict[str, str]:
    labels = {
        PREFIX + "namespace": service.namespace or UNKNOWN,
        PREFIX + "service_name": service.name,
        PREFIX + "service_type": service.type,
        PREFIX + "service_cluster_ip": UNKNOWN,
    }
    for kind, values in (("label", service.labels), ("annotation", service.annotations)):
        for key, value in values.items():
            labels[f"{PREFIX}service_{kind}_{_name(key)}"] = value
            labels[f"{PREFIX}service_{kind}present_{_name(key)}"] = "true"
    return labels


def _endpoint_targets(service: Service, pods: PodSet, role: str) -> Iterator[Candidate]:
    """One per port of the service, and one per declared port of the pods that the service does not lead to."""
    base = {**_pod_labels(pods), **_service_labels(service)}
    name = "endpoints_name" if role == "endpoints" else "endpointslice_name"
    base[PREFIX + name] = service.name if role == "endpoints" else f"{service.name}-{UNKNOWN}"
    served = set()
    for port_name, _, wanted in service.ports:
        for container in pods.containers:
            number = _number(container, wanted)
            if number is None or (number, container.name) in served:
                continue
            declared = any(port.number == number for port in container.ports)
            if not declared and len(pods.containers) > 1 and container is not pods.containers[0]:
                continue
            served.add((number, container.name))
            key = PREFIX + ("endpoint_port_name" if role == "endpoints" else "endpointslice_port_name")
            labels = {**base, key: port_name, "__address__": f"{UNKNOWN}:{number}"}
            if declared:
                labels.update(_container_labels(container))
                labels[PREFIX + "pod_container_port_number"] = str(number)
            yield Candidate(labels, pods, container, service, True)
            break
    for candidate in _pod_targets(pods, _service_labels(service), service):
        declared_port = candidate.labels.get(PREFIX + "pod_container_port_number")
        if declared_port and candidate.container and (int(declared_port), candidate.container.name) not in served:
            yield candidate


def _number(container: Container, wanted: int | str) -> int | None:
    if isinstance(wanted, int):
        return wanted
    return next((port.number for port in container.ports if port.name == wanted), None)
