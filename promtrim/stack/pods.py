"""Workloads of manifests: pod templates with their containers, as far as a topology needs them."""

from __future__ import annotations

from typing import Any

import msgspec

from promtrim.stack.containers import Container, HealthCheck, Mount, Port, Variable
from promtrim.stack.kustomize.transform import pod_template
from promtrim.stack.manifests import Resource, at, integer, items, text, texts
from promtrim.yamltext.located import Place, YamlList, YamlMap

KINDS = {
    "Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset", "ReplicaSet": "replicaset",
    "ReplicationController": "replicaset", "Pod": "pod", "Job": "job", "CronJob": "cronjob",
}  # fmt: skip


class PodSet(msgspec.Struct, frozen=True):
    """A workload: so many pods made from one template."""

    kind: str
    """As in ``WorkloadKind``."""
    name: str
    namespace: str
    replicas: int | None
    """None: one per node (DaemonSet), or as many as there is work (Job)."""
    labels: dict[str, str]
    """Of its pods."""
    annotations: dict[str, str]
    """Of its pods."""
    containers: tuple[Container, ...]
    place: Place
    replicas_place: Place
    first_name: str = ""
    """Before prefix and suffix."""


def read_pod_set(resource: Resource, configs: dict[tuple[str, str], Resource]) -> PodSet | None:
    """The workload that a resource is; None where it is none.

    Args:
        configs: ConfigMaps by namespace and name, for variables that come from them.
    """
    kind = KINDS.get(resource.kind)
    template = pod_template(resource)
    if kind is None or template is None:
        return None
    spec = template.get("spec")
    replicas: int | None = None
    place = resource.place
    if kind in ("deployment", "statefulset", "replicaset"):
        replicas = integer(resource.spec.get("replicas"))
        if "replicas" in resource.spec:
            place = resource.spec.at("replicas")
        else:
            replicas = 1  # the API server's default
    elif kind == "pod":
        replicas = 1
    volumes = {text(at(volume, "name")): volume for volume in items(at(spec, "volumes"))}
    return PodSet(
        kind=kind,
        name=resource.name,
        namespace=resource.namespace,
        replicas=replicas,
        labels=texts(at(template, "metadata", "labels")),
        annotations=texts(at(template, "metadata", "annotations")),
        containers=tuple(
            _container(each, resource.namespace, volumes, configs)
            for each in items(at(spec, "containers"))
            if isinstance(each, YamlMap)
        ),
        place=resource.place,
        replicas_place=place,
        first_name=resource.first_name,
    )


def _container(
    data: YamlMap, namespace: str, volumes: dict[str, Any], configs: dict[tuple[str, str], Resource]
) -> Container:
    ports = tuple(
        Port(number, text(at(port, "name")), text(at(port, "protocol")) or "TCP")
        for port in items(data.get("ports"))
        if (number := integer(at(port, "containerPort"))) is not None
    )
    return Container(
        name=text(data.get("name")),
        image=text(data.get("image")),
        place=data.place,
        image_place=data.at("image"),
        command=tuple(text(word) for key in ("command", "args") for word in items(data.get(key))),
        ports=ports,
        environment=tuple(_environment(data, namespace, configs)),
        health=tuple(_health(data)),
        mounts=tuple(_mount(each, volumes) for each in items(data.get("volumeMounts")) if isinstance(each, YamlMap)),
        memory_limit=text(at(data, "resources", "limits", "memory")) or None,
        open_settings=bool(data.get("envFrom")),
    )


def _environment(data: YamlMap, namespace: str, configs: dict[tuple[str, str], Resource]) -> list[Variable]:
    found = []
    entries = data.get("env")
    for index, entry in enumerate(items(entries)):
        if not isinstance(entry, YamlMap):
            continue
        place = entries.at(index) if isinstance(entries, YamlList) else entry.place
        value: str | None = None
        if "value" in entry:
            value = text(entry["value"])
        elif isinstance(reference := at(entry, "valueFrom", "configMapKeyRef"), YamlMap):
            config = configs.get((namespace, text(reference.get("name"))))
            known = at(config.data, "data", text(reference.get("key"))) if config else None
            value = None if known is None else text(known)
        found.append(Variable(text(entry.get("name")), value, place))
    for entry in items(data.get("envFrom")):
        config = configs.get((namespace, text(at(entry, "configMapRef", "name"))))
        values = config.data.get("data") if config else None
        if isinstance(values, YamlMap):
            found += [Variable(key, text(value), values.at(key)) for key, value in values.items()]
    return found


def _health(data: YamlMap) -> list[HealthCheck]:
    found: list[HealthCheck] = []
    for key in ("readinessProbe", "livenessProbe", "startupProbe"):
        request = at(data, key, "httpGet")
        if isinstance(request, YamlMap):
            port = request.get("port")
            number = integer(port)
            check = HealthCheck(
                text(request.get("path")) or "/",
                number if number is not None else text(port),
                (text(request.get("scheme")) or "HTTP").lower(),
                request.place,
            )
            if all((check.path, check.port) != (each.path, each.port) for each in found):
                found.append(check)
    return found


def _mount(data: YamlMap, volumes: dict[str, Any]) -> Mount:
    volume = volumes.get(text(data.get("name")))
    target, sub_path = text(data.get("mountPath")), text(data.get("subPath"))
    for key, kind in (("configMap", "name"), ("secret", "secretName")):
        if isinstance(source := at(volume, key), YamlMap):
            name = text(source.get(kind))
            if key == "configMap":
                return Mount(f"configmap:{name}", target, "configmap", sub_path, data.place)
            return Mount(f"secret:{name}", target, "secret", sub_path, data.place)
    if isinstance(claim := at(volume, "persistentVolumeClaim"), YamlMap):
        return Mount(text(claim.get("claimName")), target, "volume", sub_path, data.place)
    if isinstance(host := at(volume, "hostPath"), YamlMap):
        return Mount(text(host.get("path")), target, "host", sub_path, data.place)
    return Mount(text(data.get("name")), target, "volume" if volume is None else "other", sub_path, data.place)
