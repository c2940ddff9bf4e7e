"""Who answers at an address, seen from where Prometheus runs.

Certain only inside one compose network or one cluster; everything else is open. Whether network policies let Prometheus
through is not for this module.
"""

from __future__ import annotations

import re

import msgspec

from promtrim.detect.recognise import ADD_ONS, Recogniser
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.compose import Stack
from promtrim.stack.containers import Container
from promtrim.stack.kubernetes import Cluster, pods_of
from promtrim.stack.pods import PodSet
from promtrim.stack.relabel import UNKNOWN
from promtrim.topology.model import Tristate


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
    others: frozenset[str] = frozenset()
    """Names of services of compose files that were left out."""
    partial: str = ""
    """Why the manifests do not show all that runs in the cluster; "" where they do."""


class Found(msgspec.Struct, frozen=True):
    """What stands behind an address."""

    answers: Tristate
    because: str
    pods: PodSet | None = None
    service: ComposeService | None = None
    container: Container | None = None
    exporters: tuple[str, ...] = ()


PLACEHOLDER = re.compile(r"\{\{|\{%|\$\{|\$\(|\$[A-Z_]|<%|%\(|@@|__[A-Z]|<[a-zA-Z]")
"""What a template or a shell fills in before Prometheus reads the configuration; it expands no variables itself."""


def resolve(address: str, scheme: str, around: Surroundings) -> Found:
    """Who answers at an address, seen from where Prometheus runs."""
    if PLACEHOLDER.search(address):
        return Found("open", f"{address} is filled in by something that is not known here")
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
    if isinstance(home, ComposeService) and home.container.build is None and not _is_prometheus(home, around):
        if _is_its(port, home, around):
            return _of_service(home, port, around)
        return Found("open", f"{host} is {home.name} itself: whether it serves {port} is not known")
    if port in ports:
        if isinstance(home, ComposeService):
            return Found("yes", "", service=home, container=home.container, exporters=tuple(own))
        return Found("yes", "", pods=home, exporters=tuple(own))
    if isinstance(home, ComposeService):
        if home.network_mode == "host":
            return _onhost_of(port, around)
        if (beside := _same_network_as(home, around.home_stack)) or home.network_mode.partition(":")[1]:
            return _beside(host, port, beside, around)
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


def _is_prometheus(home: ComposeService, around: Surroundings) -> bool:
    return around.recogniser.container(home.container).technology == "prometheus"


def _same_network_as(home: ComposeService, stack: Stack | None) -> list[ComposeService]:
    """Services that share the network of one as if they were one machine (``network_mode: service:NAME``)."""
    own = {f"service:{home.name}", *(f"container:{name}" for name in home.names)}
    services = stack.services.values() if stack else ()
    names = home.network_mode.partition(":")[2]
    return [each for each in services if each.network_mode in own or (names and names in each.names)]


def _beside(host: str, port: int, services: list[ComposeService], around: Surroundings) -> Found:
    for service in services:
        if any(each.number == port for each in service.container.ports) or _is_its(port, service, around):
            return _of_service(service, port, around)
    return Found("open", f"{host} is shared with other containers: which of them serves {port} is not known")


def _of_service(service: ComposeService, port: int, around: Surroundings) -> Found:
    answers, because = in_container(service.container, port, around)
    exporters = exporters_of(service.container, port, around)
    return Found(answers, because, service=service, container=service.container, exporters=exporters)


def _is_its(port: int, service: ComposeService, around: Surroundings) -> bool:
    """Whether a port is where the image of a service usually answers, and nothing tells it otherwise."""
    identity = around.recogniser.container(service.container)
    return any(port in around.recogniser.heads[each].detect.ports for each in identity.exporters)


def _onhost_of(port: int, around: Surroundings, within: bool = False) -> Found:
    """On the host's network: whatever publishes the port there, or anything else on the machine.

    Args:
        within: asked from inside a container, for which ports of the loopback address are closed.
    """
    stack = around.home_stack
    for service in stack.services.values() if stack else ():
        inside = next((each for each in service.published if each.host == port), None)
        if inside is not None:
            found = _of_service(service, inside.container, around)
            if within and inside.address in LOOPBACK:
                return msgspec.structs.replace(found, answers="open", because=f"{port} is open on {inside.address} only")
            return found
        if service.network_mode == "host" and (
            any(each.number == port for each in service.container.ports) or _is_its(port, service, around)
        ):
            return _of_service(service, port, around)
    return Found("open", f"port {port} of the host: something else may serve it")


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
GATEWAYS = frozenset({"host.docker.internal", "gateway.docker.internal", "host.containers.internal", "172.17.0.1"})
"""Names and addresses of the machine as its containers see it, by Docker's and Podman's defaults."""


def _in_stack(host: str, port: int, stack: Stack, home: ComposeService, around: Surroundings) -> Found:
    if home.network_mode == "host":
        return Found("open", f"Prometheus is on the host's network: how {host} resolves there is not known")
    if host in GATEWAYS or home.extra_hosts.get(host) == "host-gateway":
        return _onhost_of(port, around, within=True)
    if host in home.extra_hosts:
        return Found("open", f"{host} is {home.extra_hosts[host]}: what answers there cannot be told from here")
    if (shared := home.network_mode.partition("service:")[2]) in stack.services:
        home = stack.services[shared]
    linked = home.links.get(host)
    named = [each for each in stack.services.values() if host in each.names or each.name == linked]
    if named:
        return _named(host, port, named, home, around)
    outside = "." in host or ":" in host or host == UNKNOWN or host.endswith("internal") or UNKNOWN in host
    joined = bool(set(home.networks) & set(stack.external_networks)) or bool(home.network_mode)
    copies = [each for each in stack.services.values() if re.fullmatch(_COPY.format(re.escape(each.name)), host)]
    if outside or joined or not around.whole or host in around.others or copies:
        service = copies[0] if copies else None
        return Found("open", f"what {host} is cannot be told from here", service=service)
    return Found("no", f"no service is named {host} in {stack.files[0]}")


_COPY = r".+[-_]{0}(?:[-_]\d+)?"
"""Names that Compose and Swarm make of a project's and a service's (``shop-backend-1``, ``shop_backend``)."""


def _named(host: str, port: int, named: list[ComposeService], home: ComposeService, around: Surroundings) -> Found:
    """A service by one of its names."""
    near = [each for each in named if set(each.networks) & set(home.networks)]
    service = (near or named)[0]
    found = _of_service(service, port, around)
    if not near and (service.networks or service.network_mode in ("host", "none")):
        said = f"{host} shares no network with {home.name}"
        return Found("no", said, service=service, container=service.container, exporters=found.exporters)
    if not near:
        return msgspec.structs.replace(found, answers="open", because=f"{host} has the network of another container")
    if service.replicas == 0:
        return msgspec.structs.replace(found, answers="no", because=f"{service.name} has no replicas")
    if found.answers != "no" and _moved(service, port):
        moved = next(each.container for each in service.published if each.host == port)
        because = f"{port} is the host's port: inside the network {service.name} listens on {moved}"
        return msgspec.structs.replace(found, answers="no", because=because)
    if service.profiles and found.answers == "yes":
        because = f"{service.name} starts only with the profile {service.profiles[0]}"
        return msgspec.structs.replace(found, answers="open", because=because)
    return found


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
        if around.home is None or (not bare and parts[1] not in namespaces) or not around.whole or around.partial:
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
        if service.selector and around.whole and not around.partial:
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
    usual = _only_ports(container, around.recogniser)
    if usual and port not in usual:
        listed = " or ".join(map(str, usual))
        return "no", f"{container.image} listens on {listed}, and nothing tells it to listen on {port}"
    return "open", ""


_SETTINGS = re.compile(r"\.(?:conf|cnf|ya?ml|properties|ini|toml|json)$|/config(?:/|$)|/conf(?:\.d)?(?:/|$)")


def _only_ports(container: Container, recogniser: Recogniser) -> list[int]:
    """Ports on which an exporter certainly listens and on no others; none where its settings may say otherwise."""
    identity = recogniser.container(container)
    if "exporter" not in container.image or not identity.exporters or container.open_settings:
        return []
    said = (*container.command, *(variable.value or "?" for variable in container.environment))
    if any(re.search(r":\d|port|listen|address|\?", word, re.IGNORECASE) for word in said):
        return []
    if any(mount.kind in ("host", "configmap") and _SETTINGS.search(mount.target) for mount in container.mounts):
        return []
    usual = {port for each in identity.exporters for port in recogniser.heads[each].detect.ports}
    return sorted(usual | {each.number for each in container.ports}) if usual else []


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
