"""NetworkPolicies that do not let Prometheus reach what it scrapes.

Whether a cluster enforces them is not known here, so they are told, and no verdict rests on them.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promtrim.stack.containers import Container
from promtrim.stack.kubernetes import Cluster, PodSet
from promtrim.stack.manifests import Resource, at, integer, items, text, texts
from promtrim.topology.model import Tristate
from promtrim.yamltext.located import Place

NAMESPACE = "kubernetes.io/metadata.name"
"""A label that every namespace carries."""

_WATCHERS = ("prometheus", "monitoring", "observability", "metrics")
"""Words in a peer's labels by which a policy means Prometheus, where its own labels are not known."""


def closed_to(cluster: Cluster, pods: PodSet, container: Container | None, port: int | None, home: PodSet | None) -> (
    tuple[Resource, Place] | None
):  # fmt: skip
    """The policy that keeps Prometheus from a pod's port, if one certainly does as it is written.

    Args:
        port: None where it is not known.
        home: Prometheus' own pods; None where they are not among the manifests.
    """
    applying = [each for each in cluster.of_kind("NetworkPolicy") if _applies(each, pods)]
    if not applying:
        return None
    for policy in applying:
        for rule in items(policy.spec.get("ingress")):
            if _opens(rule, port, container) and _admits(rule, policy.namespace, cluster, home) != "no":
                return None
    first = applying[0]
    return first, first.spec.at("ingress") if "ingress" in first.spec else first.place


def _applies(policy: Resource, pods: PodSet) -> bool:
    types = [text(each) for each in items(policy.spec.get("policyTypes"))]
    if policy.namespace != pods.namespace or (types and "Ingress" not in types):
        return False
    return _selects(policy.spec.get("podSelector"), pods.labels) == "yes"


def _opens(rule: Any, port: int | None, container: Container | None) -> bool:
    """Whether a rule is about the port."""
    ports = items(at(rule, "ports"))
    if not ports or port is None:
        return True
    names = {each.name for each in container.ports if each.number == port} if container else set()
    for each in ports:
        wanted = at(each, "port")
        number = integer(wanted)
        if wanted is None or number == port or text(wanted) in names:
            return True
        last = integer(at(each, "endPort"))
        if number is not None and last is not None and number <= port <= last:
            return True
        if number is None and container is None:
            return True
    return False


def _admits(rule: Any, namespace: str, cluster: Cluster, home: PodSet | None) -> Tristate:
    peers = items(at(rule, "from"))
    if not peers:
        return "yes"
    answers = {_is_peer(peer, namespace, cluster, home) for peer in peers}
    return "yes" if "yes" in answers else "open" if "open" in answers else "no"


def _is_peer(peer: Any, namespace: str, cluster: Cluster, home: PodSet | None) -> Tristate:
    """Whether Prometheus is what a peer selects."""
    if at(peer, "ipBlock") is not None:
        return "open"
    spaces, pods = at(peer, "namespaceSelector"), at(peer, "podSelector")
    if home is None:
        return _may_mean_prometheus(spaces, pods)
    if spaces is None:
        if home.namespace != namespace:
            return "no"
    else:
        inside = _selects(spaces, _labels_of(cluster, home.namespace))
        if inside != "yes":
            # A namespace that is not among the manifests may carry any label.
            known = any(each.name == home.namespace for each in cluster.of_kind("Namespace"))
            return "no" if known and inside == "no" else "open" if not set(_wanted(spaces)) <= {NAMESPACE} else inside
    return "yes" if pods is None else _selects(pods, home.labels)


def _may_mean_prometheus(spaces: Any, pods: Any) -> Tristate:
    """Where Prometheus runs outside of what is known: a peer that selects everything, or speaks of monitoring."""
    for selector in (spaces, pods):
        words = " ".join(_words(selector)).lower()
        if any(word in words for word in _WATCHERS):
            return "open"
    if spaces is not None and not _wanted(spaces):
        return "open" if pods is not None and _wanted(pods) and _expressions(pods) else "no" if _wanted(pods) else "yes"
    if spaces is None and pods is not None and not _wanted(pods):
        return "open"
    return "open" if _expressions(spaces) or _expressions(pods) else "no"


def _labels_of(cluster: Cluster, namespace: str) -> dict[str, str]:
    labels = {NAMESPACE: namespace}
    for each in cluster.of_kind("Namespace"):
        if each.name == namespace:
            labels.update(each.labels)
    return labels


def _expressions(selector: Any) -> list[Any]:
    return items(at(selector, "matchExpressions"))


def _wanted(selector: Any) -> dict[str, str]:
    """Labels that a selector asks for; those of expressions with an empty value."""
    found = texts(at(selector, "matchLabels"))
    for each in _expressions(selector):
        found.setdefault(text(at(each, "key")), "")
    return found


def _words(selector: Any) -> Iterator[str]:
    for name, value in _wanted(selector).items():
        yield f"{name} {value}"
    for each in _expressions(selector):
        yield from (text(value) for value in items(at(each, "values")))


def _selects(selector: Any, labels: dict[str, str]) -> Tristate:
    """Whether a label selector fits; an empty one fits all."""
    if any(labels.get(name) != value for name, value in texts(at(selector, "matchLabels")).items()):
        return "no"
    for each in _expressions(selector):
        key, operator = text(at(each, "key")), text(at(each, "operator"))
        values = [text(value) for value in items(at(each, "values"))]
        holds = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }.get(operator)
        if holds is None:
            return "open"
        if not holds:
            return "no"
    return "yes"
