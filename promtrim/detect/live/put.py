"""From what a running server told to the topology's values, each with its query or path as the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from promtrim.detect.draft import Draft
from promtrim.detect.live.model import Counted, Live
from promtrim.detect.recognise import STORES
from promtrim.rulefile.model import Problem
from promtrim.stack.prometheus_config import PrometheusConfig
from promtrim.topology.model import Count, parse_count

if TYPE_CHECKING:
    from promtrim.knowledge.model import Ruleset


def put_live(draft: Draft, live: Live, heads: Mapping[str, Ruleset]) -> None:
    """Enter what a server told. Called when everything else is entered: names of datastores are taken from there."""
    draft.put(("prometheus", "version"), live.version, f"{live.url}/api/v1/status/buildinfo")
    if live.config is not None and not live.config.alertmanager_discoveries and live.alertmanagers is not None:
        named = len(live.config.alertmanagers)
        if named == len(live.alertmanagers):
            draft.put(("prometheus", "alertmanagers"), named, f"{live.url}/api/v1/alertmanagers")
    for each in live.exporters:
        source = f'{live.url} ({each.name}{{job="{each.job}", instance="{each.instance}"}})'
        if draft.values.get(("exporters", each.ruleset)) is not True:
            draft.put(("exporters", each.ruleset), True, source)
        _put_store(draft, heads[each.ruleset], each.job, source)
    for counted in live.counted:
        _put_counted(draft, counted)


def _put_store(draft: Draft, head: Ruleset, job: str, source: str) -> None:
    """The datastore that an exporter watches, where none of its kind is known yet."""
    if head.kind not in STORES:
        return
    path = ("datastores", _store(draft, head.technology) or head.technology)
    draft.put((*path, "technology"), head.technology, source)
    if draft.values.get((*path, "exporter")) is not True:
        draft.put((*path, "exporter"), True, source)
    if any(each[:2] == ("jobs", job) for each in draft.values):
        draft.put((*path, "jobs"), (job,), source)


def _store(draft: Draft, technology: str) -> str | None:
    """The name of the only datastore of a technology."""
    names = [
        path[1]
        for path, value in draft.values.items()
        if path[0] == "datastores" and path[2:] == ("technology",) and value == technology
    ]
    return names[0] if len(names) == 1 else None


def _put_counted(draft: Draft, counted: Counted) -> None:
    path, value = counted.path, counted.value
    if path[0] == "datastores":
        path = (path[0], _store(draft, path[1]) or path[1], *path[2:])
    elif path[0] == "workloads" and any(each[:2] == ("datastores", path[1]) for each in draft.values):
        if path[2] != "replicas":
            return
        path = ("datastores", path[1], "members")
    if isinstance(value, str) and value.endswith(".."):
        known = draft.values.get(path)
        least = parse_count(value) or Count()
        if least.lo <= 1 or (known is not None and (parse_count(known) or Count()).lo >= least.lo):
            return  # one is what there is anyway; the exact number is known already
    draft.put(path, value, counted.source)


def reopen(draft: Draft, live: Sequence[Live]) -> None:
    """Take back that an exporter is not scraped, where a server that was asked has its metrics all the same."""
    own = {each.config.file for each in live if each.config is not None}
    for path in [path for path, value in draft.values.items() if path[0] == "exporters" and value is False]:
        url = next((each.url for each in live if path[1] in each.rulesets), None)
        if url is None:
            continue
        source = draft.sources.pop(path, "")
        del draft.values[path]
        if not any(file in source for file in own):
            said = f"{'.'.join(path)} is false ({source}), and {url} has series of its names: it is taken as open"
            draft.problems.append(Problem("conflict", said, url))


def beside(live: Sequence[Live], configs: Sequence[PrometheusConfig]) -> str:
    """Why series may come from elsewhere than the scrape jobs that are known, or ""."""
    named = {job.name for config in configs for job in config.jobs}
    for each in live:
        if each.config is not None and each.receives is not False:
            how = "takes series that others push" if each.receives else "does not tell whether others push series"
            return f"{each.url} {how}"
        scraped = {target.job for target in each.targets or ()}
        more = sorted((each.jobs or frozenset()) - named - scraped)
        if more and named:
            return f"{each.url} has series of other jobs ({', '.join(more[:5])})"
    return ""
