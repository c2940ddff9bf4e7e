"""From targets to the topology's ``jobs`` and ``exporters``: what is certainly scraped, what certainly not.

What cannot be told stays open: a wrong "not scraped" drops an alert that works.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from promtrim.detect.draft import Draft, add
from promtrim.detect.recognise import ADD_ONS, CONTROL_PLANE_STORES, STORES, Recogniser
from promtrim.detect.resolve import PLACEHOLDER, host_of, port_of
from promtrim.detect.targets import JobTargets, Target
from promtrim.detect.units import Known
from promtrim.stack.compose import Service as ComposeService
from promtrim.stack.manifests import text
from promtrim.stack.pods import PodSet

if TYPE_CHECKING:
    from promtrim.knowledge.model import Ruleset


CONTAINERS = "container"
"""The technology of what measures containers from outside."""


def put_jobs(
    draft: Draft, found: Sequence[JobTargets], counts: dict[int, int | str | None], names: dict[int, str],
    recogniser: Recogniser, one_server: bool = True,
) -> str:  # fmt: skip
    """Enter the scrape jobs; returns why they are not all known, or "" where they are.

    Args:
        counts: replicas of a unit, by the identity of its origin.
        names: key of a unit in the topology, by the identity of its origin.
        one_server: whether all jobs are of one Prometheus; of several it is not said which targets are dead.
    """
    unsure = _unsure(found, recogniser)
    if unsure:
        return unsure
    draft.values.setdefault(("jobs",), {})
    for each in found:
        by_name: dict[str, list[Target]] = {}
        for target in each.targets:
            by_name.setdefault(target.job, []).append(target)
        for name, targets in by_name.items() or [(each.job.name, [])]:
            _put_job(draft, name, targets, each, counts, names, recogniser)
            if one_server and targets:
                _put_dead(draft, name, targets, each, counts)
    return ""


def _unsure(found: Sequence[JobTargets], recogniser: Recogniser) -> str:
    """Why a series may carry a job label that is no job's name."""
    for each in found:
        if PLACEHOLDER.search(each.job.name) or any("?" in target.job for target in each.targets):
            return f"relabelling makes the job label of {each.job.name} ({each.job.place})"
        writes = [rule for rule in (*each.job.relabel, *each.job.metric_relabel) if rule.target_label == "job"]
        if writes and (not each.complete or any(rule in each.job.metric_relabel for rule in writes)):
            return f"relabelling writes the job label of {each.job.name} ({writes[0].place})"
        if each.job.honor_labels and (each.targets or not each.complete):
            known = each.complete and all(
                target.exporters and target.answers == "yes" and target.certain and not _relays(target, recogniser)
                for target in each.targets
            )
            if not known:
                return f"honor_labels lets targets of {each.job.name} name their own job ({each.job.place})"
    return ""


def _put_dead(
    draft: Draft, name: str, targets: list[Target], found: JobTargets, counts: dict[int, int | str | None]
) -> None:
    """Which targets certainly never answer, and what instances there are."""
    path = ("jobs", name)
    dead = [target for target in targets if target.answers == "no" and target.certain]
    if dead:
        total: int | str | None = 0
        for target in dead:
            total = add(total, _many(target, counts)) or total
        draft.put((*path, "dead"), total, dead[0].place)
        draft.put((*path, "because"), f"{dead[0].address}: {dead[0].because} ({dead[0].place})", dead[0].place)
    rewritten = any(rule.target_label == "instance" or "map" in rule.action for rule in found.job.metric_relabel)
    if found.complete and not found.job.honor_labels and not rewritten:
        instances = [target.labels.get("instance", target.address) for target in targets]
        if any(PLACEHOLDER.search(each) for each in instances):
            return
        if all(target.origin == "static" for target in targets) and not any("?" in each for each in instances):
            draft.put((*path, "instances"), tuple(dict.fromkeys(instances)), found.job.place)


def _many(target: Target, counts: dict[int, int | str | None]) -> int | str | None:
    """How many a target stands for; open where that is not known."""
    if target.origin == "static":
        return 1
    return counts.get(id(target.pods)) if target.pods is not None else None


def _put_job(
    draft: Draft, name: str, targets: list[Target], found: JobTargets, counts: dict[int, int | str | None],
    names: dict[int, str], recogniser: Recogniser,
) -> None:  # fmt: skip
    total: int | str | None = 0
    for target in targets:
        many = _many(target, counts)
        total = add(total, many if target.certain or many is None else f"0..{many}".replace("..0..", ".."))
    if not found.complete or any(_relays(target, recogniser) for target in targets if target.answers != "no"):
        total = None  # one that passes on series of others speaks for any number of targets
    path = ("jobs", name)
    draft.put((*path, "targets"), total, found.job.place)
    if total is None:
        draft.values.setdefault((*path, "targets"), None)
        draft.values.setdefault(path, {})
        draft.sources.setdefault(path, str(found.job.place))
    rulesets = {() if _relays(target, recogniser) else target.exporters for target in targets}
    if found.complete and len(rulesets) == 1 and len(only := next(iter(rulesets))) == 1:
        draft.put((*path, "technology"), only[0], targets[0].place)
    components = {names.get(id(target.pods or target.service)) for target in targets}
    if found.complete and len(components) == 1 and (component := next(iter(components))):
        draft.put((*path, "component"), component, targets[0].place)
    for target in targets:
        key = names.get(id(target.pods or target.service))
        section = next((each for each in ("workloads", "datastores") if (each, key or "", "technology") in draft.values
                        or (each, key or "", "replicas") in draft.values), None)  # fmt: skip
        if key and section and target.answers != "no":
            draft.put((section, key, "jobs"), (name,), found.job.place)
    if total == 0:
        draft.put((*path, "because"), found.because, found.job.place)
    if found.job.own_interval:
        draft.put((*path, "scrape-interval"), found.job.interval, found.job.interval_place)


def put_exporters(
    draft: Draft,
    found: Sequence[JobTargets] | None,
    known: Sequence[Known],
    recogniser: Recogniser,
    *,
    kubernetes: bool,
    closed: bool,
    beside: bool,
    where: str,
    only_pushed: bool = False,
) -> None:
    """Enter for each ruleset whether its exporter is deployed and scraped, where that is certain.

    Args:
        found: what the scrape jobs find; None where no Prometheus configuration is known.
        kubernetes: whether there is a cluster, whose add-ons manifests need not show.
        beside: whether series may come from elsewhere too: pushed, or by jobs that were not read.
        where: what was looked through, in words.
        only_pushed: whether collectors and gateways pass on nothing but what applications push.
    """
    deployed: dict[str, Known] = {}
    for each in known:
        for ruleset, _ in each.exporters:
            deployed.setdefault(ruleset, each)
    targets = [target for each in found or () for target in each.targets]
    strange = _strange(found, known, recogniser)
    generic = any(each.generic for each in found or ())
    if found is None:
        relayed = any(recogniser.relays(container) for each in known for container in each.unit.containers)
    else:
        relayed = beside or any(target.answers != "no" and _relays(target, recogniser) for target in targets)
    only_pushed = only_pushed and not beside and not any(_federates(target) for target in targets)
    static = found is not None and not any(each.job.discoveries for each in found)
    for ruleset, head in recogniser.heads.items():
        path = ("exporters", ruleset)
        own = [target for target in targets if ruleset in target.exporters]
        live = [target for target in own if target.answers == "yes" and target.certain]
        if live:
            draft.put(path, True, live[0].place)
            continue
        if relayed and not (only_pushed and not _pushes(head)):
            continue  # whatever others hand over may be among it
        if head.kind == "workload" and not _has_image(recogniser, ruleset):
            continue  # a library inside an application: no image shows it
        if any(target.answers != "no" for target in own):
            continue
        if found is None:
            if ruleset not in deployed and known and _of_applications(head, kubernetes):
                draft.put(path, False, f"nothing runs it in {where}")
            continue
        if any(_may_be(ruleset, target, recogniser) for target in strange):
            continue
        if any(not each.complete and not each.generic for each in found):
            continue
        if generic and not closed and not _of_applications(head, kubernetes):
            continue
        if head.target.per == "prometheus":
            continue  # the server adds series of its own (up, ...) without being scraped
        if head.target.per == "node" and any(_finds_nodes(each) for each in found):
            continue  # part of each node, and in no manifests even where those are complete
        if ruleset in deployed and own:
            draft.put(path, False, f"{own[0].place}: {own[0].because}")
        elif ruleset in deployed:
            draft.put(path, False, f"{deployed[ruleset].unit.place} runs it, but no scrape job finds it")
        elif not kubernetes or closed or static or head.kind not in ADD_ONS:
            draft.put(path, False, f"no scrape job finds it in {where}")


def put_others(draft: Draft, found: Sequence[JobTargets], recogniser: Recogniser, beside: bool, where: str) -> None:
    """Enter that nothing but known exporters is scraped, where that is certain: what is none of theirs does not exist.

    Args:
        beside: whether series may come from elsewhere too.
        where: what was looked through, in words.
    """
    targets = [target for each in found for target in each.targets if not (target.answers == "no" and target.certain)]
    known = all(
        target.exporters and target.answers == "yes" and not _relays(target, recogniser) and not _extended(target)
        for target in targets
    )
    if known and not beside and found and all(each.complete for each in found):
        dead = sum(len(each.targets) for each in found) - len(targets)
        also = f"; {dead} targets answer to nobody" if dead else ""
        draft.put(("other-metrics",), False, f"every target of {where} that answers is a known exporter{also}")


_EXTENDED = re.compile(r"textfile|query[-_]?path|queries|custom|collector\.config|script", re.IGNORECASE)
"""Arguments and variables by which an exporter is told to export things of its owner's choice."""


def _extended(target: Target) -> bool:
    container = target.container
    if container is None:
        return False
    named = (variable.name for variable in container.environment)
    return any(_EXTENDED.search(word) for word in (*container.command, *named)) or any(
        mount.kind in ("host", "configmap") and _EXTENDED.search(mount.target) for mount in container.mounts
    )


def _relays(target: Target, recogniser: Recogniser) -> bool:
    """Whether a target passes on series of others: by federation, or by what its image is."""
    if _federates(target):
        return True
    return target.container is not None and recogniser.relays(target.container)


def _pushes(head: Ruleset) -> bool:
    """Whether what a ruleset knows may push its metrics: a program may; an exporter of others is scraped."""
    measures = head.kind in STORES | ADD_ONS or head.technology == CONTAINERS
    return bool(head.detect.push_images) or not measures


def _is_program(head: Ruleset) -> bool:
    return head.kind == "workload" and head.technology != CONTAINERS


def _federates(target: Target) -> bool:
    return target.path.endswith("/federate")


def _finds_nodes(job: JobTargets) -> bool:
    """Whether a job may find what every cluster runs by itself: kubelets, the API server."""
    roles = {text(each.data.get("role")) for each in job.job.discoveries if each.kind == "kubernetes"}
    return bool(roles - {"pod", "ingress"})


def _has_image(recogniser: Recogniser, ruleset: str) -> bool:
    return bool(recogniser.heads[ruleset].detect.images)


def _of_applications(head: Ruleset, kubernetes: bool) -> bool:
    """Whether a team deploys the exporter itself, so that its manifests show it: that of a datastore."""
    return head.kind in STORES and not (kubernetes and head.technology in CONTROL_PLANE_STORES)


def _strange(found: Sequence[JobTargets] | None, known: Sequence[Known], recogniser: Recogniser) -> list[Target]:
    """Targets of which it is not certain what they export."""
    return [
        target
        for each in found or ()
        for target in each.targets
        if target.answers != "no" and not (target.exporters and target.answers == "yes")
    ]


def _is_named_otherwise(target: Target, recogniser: Recogniser) -> bool:
    """Whether a target's job and host name are both those of one known exporter: its port is that one's then."""
    host = host_of(target.address).partition(".")[0]
    return bool(set(recogniser.by_job(target.config_job)) & set(recogniser.by_job(host)))


def _may_be(ruleset: str, target: Target, recogniser: Recogniser) -> bool:
    """Whether an unknown target may be this exporter: by its image's absence, name, job or port."""
    head = recogniser.heads[ruleset]
    if ruleset in target.exporters:
        return True
    if target.exporters:
        return False  # its image says what it is
    port = port_of(target.address)
    image = target.container.image if target.container else ""
    # A job that takes all pods of a cluster is named after the cluster, not after what it finds.
    job = "" if head.kind in ADD_ONS and target.origin == "discovery" else target.config_job
    words = f"{job} {target.address} {target.component or ''} {image}".lower()
    named = (
        head.technology in words
        or ruleset.partition("_")[0] in words
        or any(re.fullmatch(pattern, job) for pattern in head.detect.jobs)
    )
    if named:
        return True
    if port in head.detect.ports and not _is_named_otherwise(target, recogniser):
        return True
    if isinstance(target.pods, PodSet) or isinstance(target.service, ComposeService):
        identity = recogniser.container(target.container) if target.container else None
        return _is_program(head) or (identity is not None and identity.technology == head.technology)
    if "?" in target.address:
        return True
    # Somewhere outside: by its port it is something else that is known, or it may be anything.
    elsewhere = any(port in each.detect.ports for each in recogniser.heads.values())
    return not elsewhere
