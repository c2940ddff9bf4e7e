"""What a kustomization does to all its resources: names, namespace, labels, annotations, images, replicas.

Field tables follow kustomize's built-in ones
(https://github.com/kubernetes-sigs/kustomize/tree/master/api/internal/konfig/builtinpluginconsts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from promtrim.stack.manifests import Resource, at, items, text
from promtrim.yamltext.located import Place, YamlMap

CLUSTER_SCOPED = frozenset({
    "Namespace", "Node", "PersistentVolume", "StorageClass", "ClusterRole", "ClusterRoleBinding", "IngressClass",
    "CustomResourceDefinition", "APIService", "PriorityClass", "RuntimeClass", "CSIDriver", "CSINode",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "VolumeAttachment", "ClusterIssuer",
    "PodSecurityPolicy",
})  # fmt: skip

_UNPREFIXED = frozenset({"Namespace", "CustomResourceDefinition", "APIService"})

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"), "StatefulSet": ("spec", "template"), "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"), "ReplicationController": ("spec", "template"), "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}  # fmt: skip
"""Kind to where its pod template stands; a Pod is its own."""

_OWN_SELECTOR = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def pod_template(resource: Resource) -> YamlMap | None:
    """The pod template of a workload, with ``metadata`` and ``spec``; None where it has none."""
    if resource.kind == "Pod":
        return resource.data
    path = _TEMPLATES.get(resource.kind)
    found = at(resource.data, *path) if path else None
    return found if isinstance(found, YamlMap) else None


def set_namespace(resources: Iterable[Resource], namespace: str, place: Place) -> None:
    """Put every namespaced resource into a namespace, and rename the Namespace itself."""
    for resource in resources:
        if resource.kind == "Namespace":
            resource.metadata.put("name", namespace, place)
        elif resource.kind not in CLUSTER_SCOPED:
            _below(resource.data, "metadata", place).put("namespace", namespace, place)
        if resource.kind in ("RoleBinding", "ClusterRoleBinding"):
            for subject in items(resource.data.get("subjects")):
                if isinstance(subject, YamlMap) and subject.get("kind") == "ServiceAccount" and "namespace" in subject:
                    subject.put("namespace", namespace, place)


def rename(resources: list[Resource], prefix: str, suffix: str) -> None:
    """Give every resource a prefix and a suffix, and follow in what refers to it."""
    renamed: dict[tuple[str, str], str] = {}
    for resource in resources:
        if resource.kind in _UNPREFIXED:
            continue
        old, new = resource.name, f"{prefix}{resource.name}{suffix}"
        renamed[resource.kind, old] = new
        metadata = resource.metadata
        metadata.put("name", new, metadata.at("name"))
    for resource in resources:
        for kind, holder, key in references(resource):
            found = renamed.get((kind, text(holder.get(key))))
            if found is not None:
                holder.put(key, found, holder.at(key))


def references(resource: Resource) -> Iterator[tuple[str, YamlMap, str]]:
    """The names in a resource that refer to others: kind referred to, the mapping that holds the name, its key."""
    template = pod_template(resource)
    if template is not None:
        yield from _pod_references(at(template, "spec"))
    spec = resource.data.get("spec")
    if resource.kind == "StatefulSet" and isinstance(spec, YamlMap) and "serviceName" in spec:
        yield "Service", spec, "serviceName"
    if resource.kind in ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"):
        target = at(spec, "targetRef" if resource.kind == "VerticalPodAutoscaler" else "scaleTargetRef")
        if isinstance(target, YamlMap) and "name" in target:
            yield text(target.get("kind")) or "Deployment", target, "name"
    if resource.kind == "Ingress":
        yield from _ingress_references(spec)
    if resource.kind in ("RoleBinding", "ClusterRoleBinding"):
        role = resource.data.get("roleRef")
        if isinstance(role, YamlMap) and "name" in role:
            yield text(role.get("kind")), role, "name"
        for subject in items(resource.data.get("subjects")):
            if isinstance(subject, YamlMap) and subject.get("kind") == "ServiceAccount" and "name" in subject:
                yield "ServiceAccount", subject, "name"


def _pod_references(spec: Any) -> Iterator[tuple[str, YamlMap, str]]:
    if not isinstance(spec, YamlMap):
        return
    if "serviceAccountName" in spec:
        yield "ServiceAccount", spec, "serviceAccountName"
    for secret in items(spec.get("imagePullSecrets")):
        if isinstance(secret, YamlMap):
            yield "Secret", secret, "name"
    for container in (*items(spec.get("containers")), *items(spec.get("initContainers"))):
        for entry in items(at(container, "env")):
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                if isinstance(reference := at(entry, "valueFrom", field), YamlMap):
                    yield kind, reference, "name"
        for entry in items(at(container, "envFrom")):
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if isinstance(reference := at(entry, field), YamlMap):
                    yield kind, reference, "name"
    for volume in items(spec.get("volumes")):
        yield from _volume_references(volume)
        for source in items(at(volume, "projected", "sources")):
            for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                if isinstance(reference := at(source, field), YamlMap):
                    yield kind, reference, "name"


def _volume_references(volume: Any) -> Iterator[tuple[str, YamlMap, str]]:
    for field, kind, key in (
        ("configMap", "ConfigMap", "name"),
        ("secret", "Secret", "secretName"),
        ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
    ):
        reference = at(volume, field)
        if isinstance(reference, YamlMap) and key in reference:
            yield kind, reference, key


def _ingress_references(spec: Any) -> Iterator[tuple[str, YamlMap, str]]:
    backends = [at(spec, "defaultBackend"), at(spec, "backend")]
    for rule in items(at(spec, "rules")):
        backends += [at(path, "backend") for path in items(at(rule, "http", "paths"))]
    for backend in backends:
        if isinstance(service := at(backend, "service"), YamlMap) and "name" in service:
            yield "Service", service, "name"
        elif isinstance(backend, YamlMap) and "serviceName" in backend:
            yield "Service", backend, "serviceName"
    for tls in items(at(spec, "tls")):
        if isinstance(tls, YamlMap) and "secretName" in tls:
            yield "Secret", tls, "secretName"


def add_labels(
    resources: Iterable[Resource], labels: dict[str, str], place: Place, selectors: bool, templates: bool
) -> None:
    """Add labels to every resource, and where asked to pod templates and selectors."""

    def put(holder: YamlMap) -> None:
        for key, value in labels.items():
            holder.put(key, value, place)

    for resource in resources:
        put(_below(_below(resource.data, "metadata", place), "labels", place))
        template = pod_template(resource) if resource.kind != "Pod" else None
        if template is not None and (selectors or templates):
            put(_below(_below(template, "metadata", place), "labels", place))
        if selectors:
            _selectors(resource, put, place)


def _selectors(resource: Resource, put: Callable[[YamlMap], None], place: Place) -> None:
    spec = resource.data.get("spec")
    if not isinstance(spec, YamlMap):
        return
    if resource.kind in _OWN_SELECTOR:
        put(_below(_below(spec, "selector", place), "matchLabels", place))
        for claim in items(spec.get("volumeClaimTemplates")):
            if isinstance(claim, YamlMap):
                put(_below(_below(claim, "metadata", place), "labels", place))
    elif resource.kind in ("Service", "ReplicationController"):
        if isinstance(spec.get("selector"), YamlMap):
            put(spec["selector"])
    elif resource.kind in ("PodDisruptionBudget", "Job"):
        if isinstance(found := at(spec, "selector", "matchLabels"), YamlMap):
            put(found)
    elif resource.kind == "CronJob":
        if isinstance(found := at(spec, "jobTemplate", "spec", "selector", "matchLabels"), YamlMap):
            put(found)
        put(_below(_below(_below(spec, "jobTemplate", place), "metadata", place), "labels", place))
    elif resource.kind == "NetworkPolicy":
        peers = [spec]
        for rule in items(spec.get("ingress")):
            peers += items(at(rule, "from"))
        for rule in items(spec.get("egress")):
            peers += items(at(rule, "to"))
        for peer in peers:
            if isinstance(found := at(peer, "podSelector", "matchLabels"), YamlMap):
                put(found)


def add_annotations(resources: Iterable[Resource], annotations: dict[str, str], place: Place) -> None:
    """Add annotations to every resource and its pod template."""
    for resource in resources:
        holders = [resource.data]
        if resource.kind != "Pod" and (template := pod_template(resource)) is not None:
            holders.append(template)
        for holder in holders:
            found = _below(_below(holder, "metadata", place), "annotations", place)
            for key, value in annotations.items():
                found.put(key, value, place)


def set_image(resources: Iterable[Resource], entry: YamlMap) -> int:
    """Change an image's name, tag or digest wherever it stands; returns how often it did."""
    wanted = text(entry.get("name"))
    changed = 0
    for resource in resources:
        spec = at(pod_template(resource), "spec")
        for container in (*items(at(spec, "containers")), *items(at(spec, "initContainers"))):
            if not isinstance(container, YamlMap):
                continue
            name, tag, digest = split_image(text(container.get("image")))
            if name != wanted:
                continue
            changed += 1
            name = text(entry.get("newName")) or name
            if entry.get("newTag") is not None:
                tag, digest = text(entry["newTag"]), ""
            if entry.get("digest") is not None:
                tag, digest = "", text(entry["digest"])
            image = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
            container.put("image", image, entry.place)
    return changed


def split_image(image: str) -> tuple[str, str, str]:
    """Name (with registry), tag and digest of an image; "" for what it does not say."""
    name, _, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, "", digest
    return head, tag, digest


def set_replicas(resources: Iterable[Resource], name: str, count: Any, place: Place) -> int:
    """Set the replicas of every workload of a name; returns how many there were."""
    changed = 0
    for resource in resources:
        scalable = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
        if resource.kind in scalable and name in (resource.name, resource.first_name):
            _below(resource.data, "spec", place).put("replicas", count, place)
            changed += 1
    return changed


def _below(holder: YamlMap, key: str, place: Place) -> YamlMap:
    found = holder.get(key)
    if isinstance(found, YamlMap):
        return found
    made = YamlMap(place)
    holder.put(key, made, place)
    return made
