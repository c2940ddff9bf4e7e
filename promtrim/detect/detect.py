"""Reads a topology off what is there: manifests, compose files, Prometheus configurations.

Every value carries its source, conflicts are told with both sides, and what cannot be told stays open. Manifests are
taken as complete for application workloads and their exporters; a cluster's add-ons stay open unless told otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from promtrim.detect.collectors import only_pushed
from promtrim.detect.dependencies import Links
from promtrim.detect.draft import Draft, add
from promtrim.detect.homes import homes_of
from promtrim.detect.live.model import Live
from promtrim.detect.live.put import beside, put_live, reopen
from promtrim.detect.live.targets import with_live
from promtrim.detect.recognise import Recogniser
from promtrim.detect.resolve import Surroundings, resolve
from promtrim.detect.scraped import put_exporters, put_jobs, put_others
from promtrim.detect.targets import JobTargets, find_targets, in_either
from promtrim.detect.units import (
    Known,
    recognise_unit,
    stands_alone,
    units_of_cluster,
    units_of_stack,
)
from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.alertmanager_config import AlertmanagerConfig, read_alertmanager_config
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.compose import Stack, read_compose
from promtrim.stack.kubernetes import Cluster, idle_scalers, incomplete, read_kubernetes
from promtrim.stack.kustomize.transform import split_image
from promtrim.stack.manifests import problem_of, text
from promtrim.stack.pods import PodSet
from promtrim.stack.prometheus_config import (
    PrometheusConfig,
    looks_like_prometheus,
    parse_prometheus_config,
    read_prometheus_config,
)
from promtrim.topology.model import Topology
from promtrim.yamltext.located import YamlMap

if TYPE_CHECKING:
    from promtrim.knowledge.model import Ruleset


class Detection(msgspec.Struct, frozen=True):
    """A topology and all that it was read from."""

    topology: Topology
    problems: tuple[Problem, ...]
    """What could not be read, what contradicts itself, what a person should know."""
    cluster: Cluster | None
    stacks: tuple[Stack, ...]
    prometheus: tuple[PrometheusConfig, ...]
    alertmanager: tuple[AlertmanagerConfig, ...]
    targets: tuple[tuple[PrometheusConfig, tuple[JobTargets, ...]], ...]
    """What every scrape job finds."""
    known: tuple[Known, ...]
    """Everything that is deployed, and what it is."""
    surroundings: tuple[Surroundings, ...]
    """Where the Prometheus of each configuration runs, in the order of ``prometheus``."""
    operated_apart: bool = False
    """Whether an operator's Prometheus runs too, whose jobs are not among the topology's."""
    live: tuple[Live, ...] = ()
    """What running servers told; the configurations of those that tell theirs are among ``prometheus`` too."""


def detect(
    heads: Mapping[str, Ruleset],
    *,
    kubernetes: Sequence[str] = (),
    compose: Sequence[Sequence[str]] = (),
    prometheus_config: Sequence[str] = (),
    alertmanager_config: Sequence[str] = (),
    closed: bool = False,
    whole: bool = True,
    others: Collection[str] = (),
    partial: str = "",
    live: Sequence[Live] = (),
) -> Detection:
    """Read a topology off what is there.

    Args:
        heads: rulesets by id, whose ``detect`` blocks say what images and ports are.
        kubernetes: files and folders of manifests.
        compose: projects, each of them compose files that are laid over each other.
        closed: the manifests are complete for the cluster's add-ons too.
        whole: every file of each compose project is given.
        others: names of services of compose files that were left out.
        partial: why the manifests do not show all that runs in the cluster; "" where they do.
        live: what running servers told.

    Raises:
        InputError: something that was named cannot be read.
    """
    cluster = read_kubernetes(list(kubernetes)) if kubernetes else None
    stacks = tuple(read_compose(files) for files in compose)
    alertmanagers = tuple(read_alertmanager_config(path) for path in alertmanager_config)
    problems: list[Problem] = []
    configs = [read_prometheus_config(path) for path in prometheus_config]
    configs += [each.config for each in live if each.config is not None]
    problems += [problem for each in live for problem in each.problems]
    if cluster is not None:
        read = {(os.path.realpath(config.file), config.place.line) for config in configs}
        held = _configs_in(cluster, problems)  # generators may hold a file that was read by itself
        configs += [each for each in held if (os.path.realpath(each.file), each.place.line) not in read]
        problems += cluster.problems
        problems += idle_scalers(cluster)
    problems += [each for stack in stacks for each in stack.problems]
    problems += [each for config in configs for each in config.problems]
    problems += [each for config in alertmanagers for each in config.problems]
    recogniser = Recogniser(heads)
    work = _Work(recogniser, cluster, stacks, tuple(configs), closed, whole, frozenset(others), partial, tuple(live))
    topology, targets = work.topology()
    return Detection(
        topology=topology,
        problems=tuple(dict.fromkeys((*problems, *work.draft.problems))),
        cluster=cluster,
        stacks=stacks,
        prometheus=tuple(configs),
        alertmanager=alertmanagers,
        targets=targets,
        known=tuple(work.known),
        surroundings=tuple(work.around(config) for config in configs),
        operated_apart=work.operated_apart(),
        live=tuple(live),
    )


def _configs_in(cluster: Cluster, problems: list[Problem]) -> list[PrometheusConfig]:
    """Prometheus configurations that ConfigMaps hold."""
    found = []
    for resource in cluster.of_kind("ConfigMap"):
        data = resource.data.get("data")
        if not isinstance(data, YamlMap):
            continue
        for key, value in data.items():
            if not isinstance(value, str) or not key.endswith((".yml", ".yaml")) or "scrape_configs" not in value:
                continue
            place = data.at(key)
            before = 0 if place.column == 1 and place.line == 1 else place.line
            try:
                config = parse_prometheus_config(value, place.file, before)
            except InputError as error:
                problems.append(problem_of(error))
                continue
            if looks_like_prometheus({"scrape_configs": list(config.jobs)}):
                found.append(config)
    return found


class _Work:
    """One detection while it goes on."""

    def __init__(
        self, recogniser: Recogniser, cluster: Cluster | None, stacks: tuple[Stack, ...],
        configs: tuple[PrometheusConfig, ...], closed: bool, whole: bool, others: frozenset[str] = frozenset(),
        partial: str = "", live: tuple[Live, ...] = (),
    ) -> None:  # fmt: skip
        self.recogniser = recogniser
        self.cluster = cluster
        self.stacks = stacks
        self.configs = configs
        self.closed = closed
        self.whole = whole
        self.others = others
        self.partial = partial or (incomplete(cluster) if cluster else "")
        self.live = live
        self.draft = Draft()
        units = units_of_cluster(cluster) if cluster else []
        self.known = [recognise_unit(unit, recogniser) for unit in units]
        self.stack_of: dict[int, Stack] = {}
        for stack in stacks:
            for unit in units_of_stack(stack):
                self.known.append(recognise_unit(unit, recogniser))
                self.stack_of[id(unit.origin)] = stack
        self.names = self._keys()
        self.links = Links(self.known, self.names, self.stack_of, recogniser)
        self.counts = {id(each.unit.origin): each.unit.replicas for each in self.known}

    def _keys(self) -> dict[int, str]:
        """Each unit's key in the topology: its name, with the namespace where two would share one."""
        spaces: dict[str, set[str]] = {}
        for each in self.known:
            if isinstance(each.unit.origin, PodSet):
                spaces.setdefault(each.unit.name, set()).add(each.unit.namespace)
        return {
            id(each.unit.origin): f"{each.unit.namespace}/{each.unit.name}"
            if len(spaces.get(each.unit.name, ())) > 1 and each.unit.namespace
            else each.unit.name
            for each in self.known
        }

    def topology(self) -> tuple[Topology, tuple[tuple[PrometheusConfig, tuple[JobTargets, ...]], ...]]:
        self._surroundings_of_all()
        for each in self.known:
            if each.role == "workload":
                self._workload(each)
            elif each.role == "datastore":
                self._datastore(each)
        for key, variable, technology in self.links.elsewhere():
            path = ("datastores", technology)
            self.draft.put((*path, "technology"), technology, variable.place)
            self.draft.put((*path, "external"), True, f"{variable.place} ({variable.name}, and nothing here runs it)")
            self.draft.put(("workloads", key, "depends-on"), (technology,), variable.place)
        found = [(config, self._targets(config)) for config in self.configs]
        self._monitoring(found)
        self._scraping([each for _, jobs in found for each in jobs])
        for live in self.live:
            put_live(self.draft, live, self.recogniser.heads)
        return self.draft.build(), tuple(found)

    def _targets(self, config: PrometheusConfig) -> tuple[JobTargets, ...]:
        """What the jobs of a configuration find; of a running server with what it tells of them.

        Where several projects mount the configuration: what is true of each.
        """
        found = tuple(find_targets(config, self.around(config)))
        for home in self._homes(config)[1:]:
            found = in_either(found, find_targets(config, self._around(home)))
        for each in self.live:
            found = tuple(with_live(found, each, own=each.config is config))
        return found

    def _surroundings_of_all(self) -> None:
        put = self.draft.put
        if self.closed:
            put(("closed",), True, "as asked")
        if self.cluster is not None:
            self._autoscaling(self.cluster)
            drivers = {
                text(each.data.get("provisioner")): each.data.at("provisioner")
                for each in self.cluster.of_kind("StorageClass")
            }
            if len(drivers) == 1:
                put(("volumes", "driver"), next(iter(drivers)), next(iter(drivers.values())))
        elif self.stacks:
            place = self.stacks[0].files[0]
            put(("kubernetes", "distribution"), "none", f"{place} (compose)")
            one_host = not any(service.swarm for stack in self.stacks for service in stack.services.values())
            if one_host and not self._scrapes_elsewhere():
                put(("nodes",), 1, f"{place} (one Docker host)")
                put(("zones",), 1, f"{place} (one Docker host)")
            put(("volumes", "statistics"), False, f"{place} (no kubelet)")

    def _scrapes_elsewhere(self) -> bool:
        """Whether some static target is on another machine."""
        for config in self.configs:
            around = self.around(config)
            for job in config.jobs:
                for address in job.static:
                    found = resolve(address.address, job.scheme, around)
                    if found.answers == "open" and found.service is None:
                        return True
                if job.discoveries:
                    return True
        return False

    def _autoscaling(self, cluster: Cluster) -> None:
        where = _where(cluster)
        for path, kinds in (
            (("autoscaling", "hpa"), ("HorizontalPodAutoscaler", "ScaledObject")),
            (("autoscaling", "vpa"), ("VerticalPodAutoscaler",)),
            (("autoscaling", "keda"), ("ScaledObject", "ScaledJob")),
            (("kubernetes", "pod-disruption-budgets"), ("PodDisruptionBudget",)),
        ):
            there = cluster.of_kind(*kinds)
            if self.partial and not there:
                continue
            source = str(there[0].place) if there else f"no {kinds[0]} in {where}"
            self.draft.put(path, bool(there), source)

    def _workload(self, each: Known) -> None:
        unit, put = each.unit, self.draft.put
        path = ("workloads", self.names[id(unit.origin)])
        put((*path, "replicas"), unit.replicas, unit.replicas_source)
        put((*path, "kind"), unit.kind, unit.place)
        put((*path, "namespace"), unit.namespace or None, unit.place)
        put((*path, "technology"), each.identity.technology, _image_place(each))
        if unit.users is not None and (
            isinstance(unit.origin, PodSet) or each.identity.kind in (None, "proxy", "workload")
        ):
            put((*path, "users"), True, unit.users)
        others = self.links.of(each)
        if others:
            put((*path, "depends-on"), tuple(others), next(iter(others.values())))

    def _datastore(self, each: Known) -> None:
        unit, put = each.unit, self.draft.put
        path = ("datastores", self.names[id(unit.origin)])
        put((*path, "technology"), each.identity.technology, _image_place(each))
        at_run_time = self.recogniser.at_run_time(each.identity.technology)
        kind = (each.role, each.identity.technology)
        joined = "nodes" in at_run_time and [(it.role, it.identity.technology) for it in self.known].count(kind) > 1
        if not joined:
            put((*path, "members"), unit.replicas, unit.replicas_source)
        if unit.replicas == 1 and not joined and "copies" not in at_run_time and stands_alone(unit):
            put((*path, "mode"), "standalone", f"{unit.place} (one member, default settings)")
        put((*path, "namespace"), unit.namespace or None, unit.place)

    def around(self, config: PrometheusConfig) -> Surroundings:
        """Where the Prometheus that reads a configuration runs."""
        homes = self._homes(config)
        return self._around(homes[0] if homes else None)

    def _around(self, home: PodSet | ComposeService | None) -> Surroundings:
        stack = self.stack_of.get(id(home)) if isinstance(home, ComposeService) else None
        clusters = (self.cluster,) if self.cluster is not None and not isinstance(home, ComposeService) else ()
        return Surroundings(
            clusters, self.stacks, self.recogniser, self.closed, home, stack, self.whole, self.others, self.partial
        )  # fmt: skip

    def _homes(self, config: PrometheusConfig) -> list[PodSet | ComposeService]:
        return homes_of(config, self.known, self.recogniser)

    def _monitoring(self, found: list[tuple[PrometheusConfig, tuple[JobTargets, ...]]]) -> None:
        put = self.draft.put
        servers = [each for each in self.known if each.role == "prometheus"]
        if servers:
            total: int | str | None = 0
            for each in servers:
                total = add(total, each.unit.replicas)
                version = split_image(each.unit.containers[0].image)[1].lstrip("v")
                if version[:1].isdigit() and version.count("."):
                    put(("prometheus", "version"), version, _image_place(each))
            put(("prometheus", "instances"), total, " and ".join(each.unit.replicas_source for each in servers))
        for config, _ in found:
            scrape, evaluate = config.interval_places
            put(("prometheus", "scrape-interval"), config.scrape_interval, scrape)
            put(("prometheus", "evaluation-interval"), config.evaluation_interval, evaluate)
            put(("prometheus", "external-labels"), config.external_labels, config.external_labels_place)
            federates = next((job.place for job in config.jobs if job.path.endswith("/federate")), None)
            remote = config.remote or federates
            put(
                ("prometheus", "remote-peers"),
                remote is not None,
                remote or f"{config.file} (neither remote nor federated)",
            )
            self._alertmanagers(config)

    def _alertmanagers(self, config: PrometheusConfig) -> None:
        if not config.alertmanagers and not config.alertmanager_discoveries:
            self.draft.put(("prometheus", "alertmanagers"), 0, f"{config.file} (no alertmanagers)")
            return
        if config.alertmanager_discoveries:
            return
        around, total = self.around(config), 0
        for address in config.alertmanagers:
            behind = resolve(address.address, "http", around)
            origin = behind.pods or behind.service
            count = self.counts.get(id(origin)) if origin is not None else None
            if behind.answers == "no" and origin is None:
                return
            if not isinstance(count, int):
                return
            total += count
        self.draft.put(("prometheus", "alertmanagers"), total, config.alertmanagers[0].place)

    def _scraping(self, found: list[JobTargets]) -> None:
        where = " and ".join(filter(None, (_where(self.cluster), *(stack.files[0] for stack in self.stacks))))
        more = self._beside_jobs()
        if self.configs:
            where = ", ".join(config.file for config in self.configs)
            one = len(self.configs) == 1
            unsure = put_jobs(self.draft, found, self.counts, self.names, self.recogniser, one)
            if unsure or more:
                self._open_jobs(more or unsure)
        if self._is_operated() and not self.operated_apart():
            self._open_jobs("a Prometheus operator adds jobs by ServiceMonitor and PodMonitor")
            return
        containers = [container for each in self.known for container in each.unit.containers]
        put_exporters(
            self.draft, found if self.configs else None, () if self.partial and not self.configs else self.known,
            self.recogniser,
            kubernetes=self.cluster is not None, closed=self.closed, beside=bool(more), where=where,
            only_pushed=only_pushed(containers, self.cluster, self.recogniser),
        )  # fmt: skip
        if self.configs:
            put_others(self.draft, found, self.recogniser, bool(more or self.live), where)
        reopen(self.draft, self.live)
        self._exporters_of_datastores()

    def _beside_jobs(self) -> str:
        """Why series may come from elsewhere than the scrape jobs that were read, or ""."""
        for each in self.known:
            for container in each.unit.containers if each.role == "prometheus" else ():
                if any("receiver" in word or "otlp" in word for word in container.command):
                    return f"Prometheus takes series from others ({each.unit.place})"
        servers = {id(each.unit.origin) for each in self.known if each.role == "prometheus"}
        for home in (home for config in self.configs for home in self._homes(config)):
            if isinstance(home, ComposeService) and home.container.build is None and id(home) not in servers:
                return f"{home.name} reads the configuration, and may take what is pushed to it as well ({home.place})"
        if any(config.other_files for config in self.configs):
            return "scrape_config_files name jobs in other files"
        return beside(self.live, self.configs)

    def _is_operated(self) -> bool:
        return self.cluster is not None and bool(
            self.cluster.of_kind("ServiceMonitor", "PodMonitor", "Probe", "ScrapeConfig", "Prometheus")
        )

    def operated_apart(self) -> bool:
        """Whether an operator's Prometheus runs in a cluster, and those of the configurations do not."""
        homes = [home for config in self.configs for home in self._homes(config)]
        return self._is_operated() and bool(homes) and all(isinstance(home, ComposeService) for home in homes)

    def _open_jobs(self, reason: str) -> None:
        for path in [path for path in self.draft.values if path[0] == "jobs" or path[2:] == ("jobs",)]:
            del self.draft.values[path]
            self.draft.sources.pop(path, None)
        self.draft.problems.append(Problem("jobs-open", f"which job names exist is open: {reason}", ""))

    def _exporters_of_datastores(self) -> None:
        """Whether a datastore's exporter is there: true if one is, false if none of its technology's can be."""
        draft = self.draft
        for path in [each for each in draft.values if each[0] == "datastores" and each[2:] == ("technology",)]:
            technology = draft.values[path]
            rulesets = [name for name, head in self.recogniser.heads.items() if head.technology == technology]
            known = {name: draft.values.get(("exporters", name)) for name in rulesets}
            there = [name for name, value in known.items() if value is True]
            if there:
                draft.put((*path[:2], "exporter"), True, draft.sources["exporters", there[0]])
            elif rulesets and all(value is False for value in known.values()):
                draft.put((*path[:2], "exporter"), False, draft.sources["exporters", rulesets[0]])


def _image_place(each: Known) -> str:
    container = each.unit.containers[0] if each.unit.containers else None
    return f"{container.image_place} ({container.image or 'built here'})" if container else str(each.unit.place)


def _where(cluster: Cluster | None) -> str:
    if cluster is None or not cluster.resources:
        return ""
    files = sorted({os.path.dirname(resource.place.file) for resource in cluster.resources})
    return os.path.commonpath(files) if len(files) > 1 and len({os.path.isabs(each) for each in files}) == 1 else files[0]


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
