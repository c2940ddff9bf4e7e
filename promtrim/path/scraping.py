"""What is wrong with how targets are scraped: nobody answers, two jobs scrape one, a policy is in the way."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from promtrim.detect.resolve import Surroundings, port_of
from promtrim.detect.targets import JobTargets, Target
from promtrim.path.ground import Ground
from promtrim.path.model import finding
from promtrim.path.policies import closed_to
from promtrim.path.running import answers_now
from promtrim.rulefile.model import Problem
from promtrim.stack.kubernetes import PodSet
from promtrim.yamltext.located import Place


class Scraped(msgspec.Struct, frozen=True):
    """A target with its job, and what stands in the way."""

    target: Target
    job: JobTargets
    barred: str = ""
    """Why a policy keeps Prometheus out; "" where none does."""
    barred_at: Place | None = None


def scraped(ground: Ground) -> list[Scraped]:
    """All targets that are known."""
    detection = ground.detection
    found = []
    for (_, jobs), around in zip(detection.targets, detection.surroundings, strict=True):
        for job in jobs:
            for target in job.targets:
                barred, place = _barred(target, around)
                found.append(Scraped(target, job, barred, place))
    return found


def _barred(target: Target, around: Surroundings) -> tuple[str, Place | None]:
    home = around.home if isinstance(around.home, PodSet) else None
    for cluster in around.clusters if target.pods is not None else ():
        assert target.pods is not None
        closed = closed_to(cluster, target.pods, target.container, port_of(target.address), home)
        if closed is not None:
            policy, place = closed
            said = f"the NetworkPolicy {policy.name} does not admit Prometheus to {target.pods.name}"
            return said, place
    return "", None


def findings(ground: Ground) -> Iterator[Problem]:
    """Dead targets, targets that two jobs scrape, policies in the way; each once."""
    everything = scraped(ground)
    for each in everything:
        target = each.target
        if target.answers == "no" and not answers_now(ground, target.config_job, target.address):
            said = f"the job {target.config_job} scrapes {target.address}, and nobody answers there: {target.because}"
            yield finding("dead-target", said, target.place)
    yield from _twice(everything)
    barred: dict[str, list[Scraped]] = {}
    for each in everything:
        if each.barred:
            barred.setdefault(each.barred, []).append(each)
    for text, found in barred.items():
        jobs = list(dict.fromkeys(each.target.config_job for each in found))
        of = f"the job {jobs[0]}" if len(jobs) == 1 else f"the jobs {', '.join(jobs[:-1])} and {jobs[-1]}"
        yield finding("network-policy", f"{text}: up of {of} may be 0 for ever", found[0].barred_at)


def _twice(everything: list[Scraped]) -> Iterator[Problem]:
    """The same endpoint by two jobs: its series come twice, and what sums them counts twice."""
    seen: dict[tuple[object, ...], Scraped] = {}
    told: set[tuple[str, str, str]] = set()
    for each in everything:
        target = each.target
        if target.answers == "no" or each.job.job.parameters or target.component is None:
            continue
        owner = id(target.pods or target.service)
        key = (owner, port_of(target.address), target.path, each.job.job.scheme)
        first = seen.setdefault(key, each)
        pair = (first.target.config_job, target.config_job, target.component)
        if first.target.config_job != target.config_job and pair not in told:
            told.add(pair)
            said = (
                f"{target.component} is scraped twice, by the jobs {first.target.config_job} ({first.job.job.place}) and "
                f"{target.config_job} ({each.job.job.place}): sums over its series count double"
            )
            yield finding("scraped-twice", said, each.job.job.place)


def dead_jobs(ground: Ground) -> Iterator[Problem]:
    """Jobs that find no target at all."""
    for _, jobs in ground.detection.targets:
        for job in jobs:
            if job.complete and not job.targets:
                yield finding("no-targets", f"the job {job.job.name} finds no target: {job.because}", job.job.place)
