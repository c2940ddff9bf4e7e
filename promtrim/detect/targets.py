"""What each scrape job finds among what is deployed. Who answers at an address is for :mod:`resolve`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from promtrim.detect.kubernetes_sd import ROLES, candidates
from promtrim.detect.recognise import ADD_ONS
from promtrim.detect.resolve import Surroundings, exporters_of, in_container, port_of, resolve, serving
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.containers import Container
from promtrim.stack.manifests import at, integer, items, text
from promtrim.stack.pods import PodSet
from promtrim.stack.prometheus_config import Address, Discovery, Job, PrometheusConfig
from promtrim.stack.relabel import UNKNOWN, Dropped, relabel
from promtrim.topology.model import Tristate
from promtrim.yamltext.located import Place

Origin = Literal["static", "discovery"]


class Target(msgspec.Struct, frozen=True):
    """Something that a job scrapes, or tries to."""

    job: str
    """The value of its ``job`` label."""
    config_job: str
    """The name of the job in the configuration."""
    address: str
    """After relabelling; unknown parts are ``?``."""
    labels: dict[str, str]
    """After relabelling, without those that Prometheus drops."""
    origin: Origin
    place: Place
    answers: Tristate
    because: str
    """Why nobody answers, or why that is open."""
    certain: bool
    """False where relabelling may drop it at run time."""
    pods: PodSet | None = None
    service: ComposeService | None = None
    container: Container | None = None
    exporters: tuple[str, ...] = ()
    """Rulesets whose metrics answer there, as far as images and ports tell."""
    path: str = ""
    """The metrics path after relabelling."""

    @property
    def component(self) -> str | None:
        """The workload behind it."""
        return self.pods.name if self.pods else self.service.name if self.service else None


class JobTargets(msgspec.Struct, frozen=True):
    """What one job finds."""

    job: Job
    targets: tuple[Target, ...]
    complete: bool
    """Whether there can be no others."""
    because: str
    """Where it finds none: why. Where it is not complete: why not."""
    generic: bool = False
    """Whether the others can only be add-ons of the cluster: it picks by annotation or takes all."""


def find_targets(config: PrometheusConfig, around: Surroundings) -> list[JobTargets]:
    """What every job of a configuration finds."""
    return [_of_job(job, around) for job in config.jobs]


def in_either(first: Sequence[JobTargets], second: Sequence[JobTargets]) -> tuple[JobTargets, ...]:
    """What is true of one configuration in whichever of two projects it runs; where they differ it is open."""
    return tuple(
        msgspec.structs.replace(
            one,
            targets=tuple(_either(target, other.targets) for target in one.targets),
            complete=one.complete and other.complete,
            because=one.because or other.because,
        )
        for one, other in zip(first, second, strict=True)
    )


def _either(target: Target, others: Sequence[Target]) -> Target:
    other = next((each for each in others if (each.address, each.labels) == (target.address, target.labels)), None)
    if other is None or other.answers == target.answers:
        return target
    because = f"in one project that mounts the configuration {target.because or other.because}"
    return msgspec.structs.replace(target, answers="open", because=because)


def _of_job(job: Job, around: Surroundings) -> JobTargets:
    targets: list[Target] = []
    dropped: list[str] = []
    open_reasons: list[str] = []
    generic = True
    for address in job.static:
        found = _static(job, address, around)
        if isinstance(found, Target):
            targets.append(found)
        else:
            dropped.append(f"{address.address} is dropped by {found.rule.place}")
    for discovery in job.discoveries:
        if discovery.kind == "dns" and (found_by_name := _by_dns(job, discovery, around)) is not None:
            targets += found_by_name
            if not found_by_name:
                dropped.append(f"no service has the name that dns_sd_configs asks for ({discovery.place})")
            continue
        role = text(discovery.data.get("role"))
        if discovery.kind != "kubernetes" or role not in ROLES or not around.clusters:
            open_reasons.append(f"what {discovery.kind}_sd_configs finds is not known here")
            generic = generic and discovery.kind == "kubernetes" and bool(around.clusters)
            continue
        targets += _discovered(job, discovery, around, dropped)
        if around.partial:
            open_reasons.append(around.partial)
            generic = False
        if not _is_pinned(job, around) and not around.closed:
            open_reasons.append("add-ons of the cluster may be found as well")
    because = "; ".join(dict.fromkeys(open_reasons))
    if not targets and not open_reasons:
        because = "; ".join(dict.fromkeys(dropped[:3])) or _why_empty(job)
    return JobTargets(job, tuple(_distinct(targets)), not open_reasons, because, bool(open_reasons) and generic)


def _why_empty(job: Job) -> str:
    if not job.static and not job.discoveries:
        return "it names no targets"
    pins = [rule for rule in job.relabel if rule.action == "keep" and _pinned_value(rule.regex)]
    if pins:
        labels = ",".join(name.removeprefix("__meta_kubernetes_") for name in pins[0].source_labels)
        spaces = [text(name) for each in job.discoveries for name in items(at(each.data, "namespaces", "names"))]
        within = f" in {', '.join(dict.fromkeys(spaces))}" if spaces else ""
        return f"it keeps only targets with {labels} {pins[0].regex} ({pins[0].place}), and there is none{within}"
    return "nothing here fits its discovery"


def _is_pinned(job: Job, around: Surroundings) -> bool:
    """Whether it asks for something by name that, if it existed, would be among the manifests."""
    for rule in job.relabel:
        if rule.action != "keep" or not any(
            re.search(r"_(pod|service)_(label|name)|_(controller|container|endpoints)_name", name)
            for name in rule.source_labels
        ):
            continue
        value = _pinned_value(rule.regex)
        if value and not any(
            around.recogniser.heads[each].kind in (*ADD_ONS, "monitoring")
            for word in (*value, job.name)
            for each in around.recogniser.by_job(word)
        ):
            return True
    return False


def _pinned_value(regex: str) -> list[str]:
    """The words of a regular expression that is nothing but words."""
    words = regex.strip("()^$").split("|")
    plain = [word for word in words if re.fullmatch(r"[\w./;-]+", word) and word not in ("true", "yes", "1")]
    return plain if len(plain) == len(words) else []


def _by_dns(job: Job, discovery: Discovery, around: Surroundings) -> list[Target] | None:
    """The services of Prometheus' project that DNS gives, one by one; None where a name may be anybody's."""
    port = integer(discovery.data.get("port"))
    if around.home_stack is None or port is None or text(discovery.data.get("type")) not in ("A", "AAAA"):
        return None
    found = []
    for name in items(discovery.data.get("names")):
        host = text(name).removeprefix("tasks.")
        behind = resolve(f"{host}:{port}", job.scheme, around)
        if behind.service is None:
            if behind.answers != "no":
                return None
            continue  # such a name gives no address, and so no target
        address = f"{UNKNOWN}:{port}"
        result = relabel({**_own_labels(job), "__address__": address, "__meta_dns_name": text(name)}, job.relabel)
        if isinstance(result, Dropped):
            continue
        found.append(
            Target(
                job=result.labels.get("job") or job.name,
                config_job=job.name,
                address=result.labels.get("__address__", "").replace(UNKNOWN, "?"),
                labels=_kept(result.labels),
                origin="discovery",
                place=discovery.place,
                answers=behind.answers,
                because=behind.because,
                certain=result.certain,
                service=behind.service,
                container=behind.container,
                exporters=behind.exporters,
                path=result.labels.get("__metrics_path__", job.path).replace(UNKNOWN, "?"),
            )
        )
    return found


def _discovered(job: Job, discovery: Discovery, around: Surroundings, dropped: list[str]) -> list[Target]:
    found = []
    for cluster in around.clusters:
        for candidate in candidates(discovery, cluster):
            result = relabel({**_own_labels(job), **candidate.labels}, job.relabel)
            if isinstance(result, Dropped):
                if not _is_generic_drop(result):
                    name = candidate.pods.name if candidate.pods else "?"
                    dropped.append(f"{name} is dropped by {result.rule.place}")
                continue
            address = result.labels.get("__address__", "")
            port = port_of(address)
            container = serving(candidate.pods, candidate.container, port)
            answers, because = in_container(container, port, around) if container else ("open", "")
            found.append(
                Target(
                    job=result.labels.get("job") or job.name,
                    config_job=job.name,
                    address=address.replace(UNKNOWN, "?"),
                    labels=_kept(result.labels),
                    origin="discovery",
                    place=discovery.place,
                    answers=answers,
                    because=because,
                    certain=result.certain and candidate.certain,
                    pods=candidate.pods,
                    container=container,
                    exporters=exporters_of(container, port, around),
                    path=result.labels.get("__metrics_path__", job.path).replace(UNKNOWN, "?"),
                )
            )
    return found


def _is_generic_drop(result: Dropped) -> bool:
    return result.rule.action == "keep"


def _static(job: Job, address: Address, around: Surroundings) -> Target | Dropped:
    result = relabel({**_own_labels(job), **address.labels, "__address__": address.address}, job.relabel)
    if isinstance(result, Dropped):
        return result
    final = result.labels.get("__address__", "")
    found = resolve(final, result.labels.get("__scheme__", job.scheme), around)
    return Target(
        job=result.labels.get("job") or job.name,
        config_job=job.name,
        address=final.replace(UNKNOWN, "?"),
        labels=_kept(result.labels),
        origin="static",
        place=address.place,
        certain=result.certain,
        path=result.labels.get("__metrics_path__", job.path).replace(UNKNOWN, "?"),
        answers=found.answers,
        because=found.because,
        pods=found.pods,
        service=found.service,
        container=found.container,
        exporters=found.exporters,
    )


def _own_labels(job: Job) -> dict[str, str]:
    labels = {"job": job.name, "__scheme__": job.scheme, "__metrics_path__": job.path}
    for name, values in job.parameters.items():
        if values:
            labels[f"__param_{name}"] = values[0]
    return labels


def _kept(labels: dict[str, str]) -> dict[str, str]:
    return {key: value.replace(UNKNOWN, "?") for key, value in labels.items() if not key.startswith("__")}


def _distinct(targets: Sequence[Target]) -> list[Target]:
    """Targets whose labels and address are equal are one, as for Prometheus."""
    found: dict[tuple[object, ...], Target] = {}
    for each in targets:
        workload = (each.pods.namespace, each.pods.name) if each.pods else None
        key = (workload, each.address, each.path, tuple(sorted(each.labels.items())))
        found.setdefault(key, each)
    return list(found.values())
