"""Which NetworkPolicies let Prometheus in."""

from __future__ import annotations

import pytest

from promtrim.path.policies import closed_to
from promtrim.stack.kubernetes import Cluster, to_cluster
from promtrim.stack.manifests import parse_manifests

PODS = """
apiVersion: v1
kind: Pod
metadata: {name: app, namespace: shop, labels: {app: app}}
spec: {containers: [{name: app, image: app, ports: [{name: web, containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: prometheus, namespace: watch, labels: {app: prometheus}}
spec: {containers: [{name: prometheus, image: prom/prometheus}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: watch, labels: {team: ops}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall, namespace: shop}
spec:
"""


def cluster(spec: str) -> Cluster:
    resources, problems = parse_manifests(PODS + "".join(f"  {line}\n" for line in spec.splitlines()), "m.yml")
    assert not problems
    return to_cluster(resources, [])


def admitted(spec: str, known: bool = True, port: int | None = 80) -> bool:
    built = cluster(spec)
    app, prometheus = built.pod_sets
    return closed_to(built, app, app.containers[0], port, prometheus if known else None) is None


SELECTED = "podSelector: {matchLabels: {app: app}}\n"


@pytest.mark.parametrize(
    "spec",
    [
        "podSelector: {matchLabels: {app: other}}\ningress: []",
        SELECTED + "policyTypes: [Egress]",
        SELECTED + "ingress: [{}]",
        SELECTED + "ingress: [{from: [{namespaceSelector: {}}]}]",
        SELECTED + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]",
        SELECTED + "ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: watch}}}]}]",
        SELECTED + "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]",
        SELECTED + "ingress: [{ports: [{port: web}]}]",
        SELECTED + "ingress: [{ports: [{port: 70, endPort: 90}]}]",
    ],
)
def test_lets_prometheus_in(spec: str) -> None:
    assert admitted(spec)


@pytest.mark.parametrize(
    "spec",
    [
        SELECTED + "ingress: []",
        "podSelector: {}",
        SELECTED + "ingress: [{from: [{podSelector: {}}]}]",  # pods of the same namespace only
        SELECTED + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: web}}}]}]",
        SELECTED + "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: door}}}]}]",
        SELECTED + "ingress: [{ports: [{port: 443}]}]",
        SELECTED + "ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]",
    ],
)
def test_keeps_prometheus_out(spec: str) -> None:
    assert not admitted(spec)


def test_where_prometheus_is_not_known() -> None:
    door = SELECTED + "ingress: [{from: [{podSelector: {matchLabels: {app: door}}}]}]"
    assert not admitted(door, known=False)
    assert admitted(door.replace("door", "prometheus"), known=False)
    assert admitted(SELECTED + "ingress: [{from: [{podSelector: {}}]}]", known=False)
    assert admitted(SELECTED + "ingress: [{from: [{namespaceSelector: {}}]}]", known=False)
