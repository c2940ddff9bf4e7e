"""Who answers at an address, seen from where Prometheus runs.

Certain only inside one compose network or one cluster; everything else is open. Whether network policies let Prometheus
through is not for this module.
"""

from __future__ import annotations

import re

import msgspec

from promtrim.topology.compose import Service as ComposeService
from promtrim.topology.compose import Stack
from promtrim.topology.containers import Container
from promtrim.topology.kubernetes import Cluster, pods_of
from promtrim.topology.model import Tristate
from promtrim.topology.pods import PodSet
from promtrim.topology.recognise import ADD_ONS, Recogniser
from promtrim.topology.relabel import UNKNOWN


class Surroundings(msgspec.Struct, frozen=True):
    """Where Prometheus runs and what is around it."""

    clusters: tuple[Cluster, ...]
    stacks: tuple[Stack, ...]
    recogniser: Recogniser
    closed: bool = False
    home: ComposeService | PodSet | None = None
    """Prometheus itself, where it is among what is deployed."""
    home_stack: Stack | None = None
    whole: bool = True
    """Whether all compose files of the project were read."""


class Found(msgspec.Struct, frozen=True):
    """What stands behind an address."""

    answers: Tristate
    because: str
    pods: PodSet | None = None
    service: ComposeService | None = None
    container: Container | None = None
    exporters: tuple[str, ...] = ()


def resolve(address: str, scheme: str, around: Surroundings) -> Found:
    """Who answers at an address, seen from where Prometheus runs."""
    host, port = host_of(address), port_of(address) or (443 if scheme == "https" else 80)
    if host in ("localhost", "127.0.0.1", "::1"):
        return _itself(host, port, around)
    if around.home_stack is not None and isinstance(around.home, ComposeService):
        return _in_stack(host, port, around.home_stack, around.home, around)
    for cluster in around.clusters:
        found = _in_cluster(host, port, cluster, around)
        if found is not None:
            return found
    for stack in around.stacks:
        for service in stack.services.values():
            if host in service.names:
                exporters = exporters_of(service.container, port, around)
                because = "Prometheus is not among these services: whether it reaches them is open"
                return Found("open", because, service=service, container=service.container, exporters=exporters)
    return Found("open", f"what {host} is cannot be told from here")


def _itself(host: str, port: int, around: Surroundings) -> Found:
    own = [name for name, head in around.recogniser.heads.items() if head.technology == "prometheus"]
    ports = {port for name in own for port in around.recogniser.heads[name].detect.ports}
    home = around.home
    if port in ports:
        if isinstance(home, ComposeService):
            return Found("yes", "", service=home, container=home.container, exporters=tuple(own))
        return Found("yes", "", pods=home, exporters=tuple(own))
    if isinstance(home, ComposeService):
        if home.network_mode == "host":
            return _onhost_of(port, around)
        command = " ".join(home.container.command)
        if str(port) in command:
            return Found("open", "", service=home, container=home.container)
        return Found("no", f"{host} is the Prometheus container itself, and it does not serve port {port}")
    if isinstance(home, PodSet):
        for container in home.containers:
            if any(each.number == port for each in container.ports):
                exporters = exporters_of(container, port, around)
                return Found("yes", "", pods=home, container=container, exporters=exporters)
        return Found("open", f"{host} is Prometheus' own pod")
    return Found("open", f"{host} is the machine or container of Prometheus itself")


def _onhost_of(port: int, around: Surroundings) -> Found:
    """On the host's network: whatever publishes the port there, or anything else on the machine."""
    stack = around.home_stack
    for service in stack.services.values() if stack else ():
        inside = next((each.container for each in service.published if each.host == port), None)
        if inside is None and service.network_mode == "host":
            inside = port if any(each.number == port for each in service.container.ports) else None
        if inside is not None:
            answers, because = in_container(service.container, inside, around)
            exporters = exporters_of(service.container, inside, around)
            return Found(answers, because, service=service, container=service.container, exporters=exporters)
    return Found("open", f"port {port} of the host: something else may serve it")


def _in_stack(host: str, port: int, stack: Stack, home: ComposeService, around: Surroundings) -> Found:
    if home.network_mode == "host":
        return Found("open", f"Prometheus is on the host's network: how {host} resolves there is not known")
    named = [each for each in stack.services.values() if host in each.names]
    if named:
        near = [each for each in named if set(each.networks) & set(home.networks)]
        if not near and named[0].networks:
            said = f"{host} shares no network with {home.name}"
            exporters = exporters_of(named[0].container, port, around)
            return Found("no", said, service=named[0], container=named[0].container, exporters=exporters)
        service = (near or named)[0]
        exporters = exporters_of(service.container, port, around)
        answers, because = in_container(service.container, port, around)
        if answers != "no" and _moved(service, port):
            moved = next(each.container for each in service.published if each.host == port)
            answers = "no"
            because = f"{port} is the host's port: inside the network {service.name} listens on {moved}"
        if service.profiles and answers == "yes":
            answers, because = "open", f"{service.name} starts only with the profile {service.profiles[0]}"
        return Found(answers, because, service=service, container=service.container, exporters=exporters)
    outside = "." in host or ":" in host or host == UNKNOWN or host.endswith("internal") or UNKNOWN in host
    shared = set(home.networks) & set(stack.external_networks)
    if outside or shared or not around.whole:
        return Found("open", f"what {host} is cannot be told from here")
    return Found("no", f"no service is named {host} in {stack.files[0]}")


def _moved(service: ComposeService, port: int) -> bool:
    """Whether a port is one on the host that leads to another one inside."""
    inside = {each.container for each in service.published} | {each.number for each in service.container.ports}
    return port not in inside and any(each.host == port and each.container != port for each in service.published)


def _in_cluster(host: str, port: int, cluster: Cluster, around: Surroundings) -> Found | None:
    """By service name, bare or with namespace; None where it is no such name."""
    parts = host.split(".")
    bare = len(parts) == 1
    if not bare and (len(parts) < 2 or (len(parts) > 2 and parts[2] != "svc")):
        return None
    fits = [each for each in cluster.services if each.name == parts[0] and (bare or each.namespace in (parts[1], ""))]
    if not fits:
        if not bare and len(parts) == 2:
            return None
        namespaces = {each.namespace for each in cluster.pod_sets}
        if around.home is None or (not bare and parts[1] not in namespaces) or not around.whole:
            return None
        add_on = any(around.recogniser.heads[each].kind in ADD_ONS for each in around.recogniser.by_job(parts[0]))
        return None if add_on else Found("no", f"there is no service {host}")
    service = fits[0]
    backing = pods_of(cluster, service)
    target = next((wanted for _, number, wanted in service.ports if number == port), None)
    if target is None and not service.headless:
        ports = ", ".join(str(number) for _, number, _ in service.ports)
        return Found("no", f"the service {service.name} has no port {port}, only {ports or 'none'}",
                      pods=backing[0] if backing else None)  # fmt: skip
    if not backing:
        if service.selector and around.whole:
            return Found("no", f"the service {service.name} selects no pods")
        return Found("open", f"what the service {service.name} leads to is not here")
    inner = port if target is None else target
    number = inner if isinstance(inner, int) else _named_port(backing[0], inner)
    container = serving(backing[0], None, number)
    if container is None or number is None:
        return Found("open", "", pods=backing[0])
    answers, because = in_container(container, number, around)
    exporters = exporters_of(container, number, around)
    return Found(answers, because, pods=backing[0], container=container, exporters=exporters)


def _named_port(pods: PodSet, name: str) -> int | None:
    found = (port.number for container in pods.containers for port in container.ports if port.name == name)
    return next(found, None)


def serving(pods: PodSet | None, given: Container | None, port: int | None) -> Container | None:
    """The container that serves a port: all of a pod share one address."""
    if pods is None:
        return given
    for container in pods.containers:
        if any(each.number == port for each in container.ports):
            return container
    return given or (pods.containers[0] if len(pods.containers) == 1 else None)


def in_container(container: Container, port: int | None, around: Surroundings) -> tuple[Tristate, str]:
    """Whether metrics are served on a port, as far as image, declared ports and arguments tell."""
    if port is None:
        return "open", ""
    speaks = around.recogniser.speaks_prometheus(container, port)
    if speaks:
        return "yes", ""
    if speaks is False:
        return "no", f"port {port} of {container.image} serves no metrics"
    return "open", ""


def exporters_of(container: Container | None, port: int | None, around: Surroundings) -> tuple[str, ...]:
    """Rulesets whose metrics a container serves on a port, by its image; none where the image is not known."""
    if container is None:
        return ()
    identity = around.recogniser.container(container)
    heads = around.recogniser.heads
    by_port = tuple(each for each in identity.exporters if port in heads[each].detect.ports)
    return by_port or identity.exporters


def host_of(address: str) -> str:
    """An address without scheme, port and path."""
    address = re.sub(r"^https?://", "", address).partition("/")[0]
    if address.startswith("["):
        return address[1:].partition("]")[0]
    head, colon, tail = address.rpartition(":")
    return head if colon and tail.isdecimal() else address


def port_of(address: str) -> int | None:
    """The port of an address, where it names one."""
    tail = re.sub(r"^https?://", "", address).partition("/")[0].rpartition(":")
    return int(tail[2]) if tail[1] and tail[2].isdecimal() else None
