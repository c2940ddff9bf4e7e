"""What each scrape job finds, by its configuration and by what the server scrapes now."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from promtrim.detect.live.model import Live, LiveTarget
from promtrim.detect.targets import JobTargets, Target
from promtrim.stack.prometheus_config import Job


def with_live(found: Sequence[JobTargets], live: Live, own: bool) -> list[JobTargets]:
    """The targets of a configuration's jobs, with what the server tells of them.

    A target that is up is there, and its metrics say what it is. One that is down now may answer another time.

    Args:
        own: whether it is the server's own configuration. Of another one (a file that may be deployed there) only targets
            of a job of the same name that are up say something.
    """
    if live.targets is None:
        return list(found)
    return [_of_job(each, live) if own else _of_other_job(each, live) for each in found]


def _of_other_job(found: JobTargets, live: Live) -> JobTargets:
    up = {_key_of(each): each for each in live.targets or () if each.up and (each.pool or each.job) == found.job.name}
    targets = tuple(
        msgspec.structs.replace(target, **_seen(up[_key(target)], live, target)) if _key(target) in up else target
        for target in found.targets
    )
    if found.targets or not up:
        return msgspec.structs.replace(found, targets=targets)
    return msgspec.structs.replace(found, complete=False, because=f"{live.url} finds more than is known here")


def _of_job(found: JobTargets, live: Live) -> JobTargets:
    now = [each for each in live.targets or () if (each.pool or each.job) == found.job.name]
    targets = []
    for target in found.targets:
        match = next((each for each in now if _key_of(each) == _key(target)), None)
        if match is not None:
            now.remove(match)
            target = msgspec.structs.replace(target, **_seen(match, live, target))
        targets.append(target)
    if any(target.origin == "discovery" for target in targets):
        # The manifests tell what it discovers: pods that exist now are those, or will be again.
        return msgspec.structs.replace(found, targets=tuple(_pods(targets, now, live)))
    targets += [_discovered(each, found.job, live) for each in now]
    unforeseen = bool(now) and found.complete
    because = f"{live.url} finds more than is known here" if unforeseen else found.because
    return JobTargets(found.job, tuple(targets), found.complete and not unforeseen, because, found.generic)


def _pods(targets: Sequence[Target], now: Sequence[LiveTarget], live: Live) -> list[Target]:
    """Targets by the manifests; where all that is discovered is of one workload and up, it answers."""
    discovered = [target for target in targets if target.origin == "discovery"]
    if len(discovered) != 1 or not now or not all(each.up for each in now):
        return list(targets)
    seen = _seen(now[0], live, discovered[0])
    return [msgspec.structs.replace(each, **seen) if each is discovered[0] else each for each in targets]


def _key(target: Target) -> tuple[str, str]:
    address = target.address if ":" in target.address else f"{target.address}:80"
    return address, target.labels.get("instance", target.address)


def _key_of(each: LiveTarget) -> tuple[str, str]:
    return each.address, each.instance


def _seen(each: LiveTarget, live: Live, target: Target | None) -> dict[str, object]:
    """What the server tells of a target."""
    exporters = live.delivered_by(each.job, each.instance)
    before = target.exporters if target else ()
    if each.up:
        return {"answers": "yes", "because": "", "exporters": exporters or before}
    why = f"it is down now ({each.error})" if each.error else "it was not scraped yet"
    answers = "no" if target is not None and target.answers == "no" else "open"
    return {"answers": answers, "because": (target.because if target else "") or why, "exporters": exporters or before}


def _discovered(each: LiveTarget, job: Job, live: Live) -> Target:
    return msgspec.structs.replace(
        Target(
            job=each.job,
            config_job=job.name,
            address=each.address,
            labels=each.labels,
            origin="discovery",
            place=job.place,
            answers="open",
            because="",
            certain=True,
            path=each.path,
        ),
        **_seen(each, live, None),
    )
