"""A topology as a table that a person reads, and as JSON. As YAML it is written by :mod:`promtrim.topology.write`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from promtrim.durations import format_duration, seconds
from promtrim.output.json import encoded, known
from promtrim.output.summary import by_text, place
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.rulefile.model import Problem
from promtrim.topology.model import Datastore, Job, Topology, Workload

VERSION: Literal[1] = 1
HEADER = ("WHAT", "HOW MANY", "READ IN")
_LONGEST = 44
"""Columns of the middle cell, at most; what is longer goes on below."""

Row = tuple[str, str, str]


def table(
    topology: Topology,
    problems: Sequence[Problem] = (),
    paint: Paint = Paint(),  # noqa: B008 - frozen
    width: int = 100,
    technologies: dict[str, str] | None = None,
    read: Sequence[str] = (),
) -> str:
    """What there is, how many, and where that was read; then what is open, and what a person should know.

    Args:
        technologies: ruleset id to what it watches: exporters of what runs here are named, of all others counted.
        read: files, folders and addresses that it was read from.
    """
    rows = list(_rows(topology, technologies or {}))
    first = max(len(one_line(row[0])) for row in (HEADER, *rows))
    second = min(_LONGEST, max(len(one_line(row[1])) for row in (HEADER, *rows)))
    lines = [paint.bold(f"{HEADER[0]:<{first}}  {HEADER[1]:<{second}}  {HEADER[2]}")]
    for name, many, where in rows:
        if not many and not where:
            lines += ["", paint.bold(one_line(name))] if name else [""]
            continue
        pieces = wrapped(many or "-", second)
        lines.append(f"{one_line(name):<{first}}  {pieces[0]:<{second}}  {paint.dim(one_line(where) or '-')}".rstrip())
        lines += [f"{'':<{first}}  {piece}" for piece in pieces[1:]]
    if read:
        lines += ["", *wrapped(f"Read from {', '.join(read)}.", width)]
    if missing := list(_open(topology)):
        lines += ["", *wrapped(f"Open, so nothing is concluded from it: {', '.join(missing)}.", width)]
    if problems:
        lines += ["", paint.warn(f"What you should know ({len(problems)}):")]
        for told in told_together(problems):
            lines += wrapped(told, width, "      ", "  ")
    return "\n".join(lines) + "\n"


def report(topology: Topology, problems: Sequence[Problem] = (), read: Sequence[str] = ()) -> str:
    """The topology, what it was read from and what a person should know, as JSON text."""
    told = [
        {"code": p.code, "text": p.text, "file": p.file or None, "line": p.line or None, "column": p.column or None}
        for p in problems
    ]
    values = known(msgspec.to_builtins(topology))
    return encoded({"version": VERSION, "topology": values, "read": list(read), "problems": told})


def told_together(problems: Sequence[Problem]) -> list[str]:
    """One line per problem; where the same is to be said of several files, it is said once."""
    lines = []
    for text, places in by_text((each.text, place(each.file, each.line, each.column)) for each in problems):
        if len(places) > 1:
            lines.append(f"{text} ({len(places)} times): {', '.join(places)}")
        else:
            lines.append(f"{places[0]}: {text}" if places[0] else text)
    return lines


def _rows(topology: Topology, technologies: dict[str, str]) -> Iterator[Row]:
    source = topology.sources.get
    if topology.preset or topology.name:
        yield "topology", topology.name or topology.preset or "", f"preset {topology.preset}" if topology.preset else ""
    for name in ("nodes", "zones"):
        if (count := getattr(topology, name)) is not None:
            yield name, str(count), source(name, "")
    yield from _cluster(topology)
    yield from _server(topology)
    if topology.workloads:
        yield "workloads", "", ""
        for name, workload in topology.workloads.items():
            yield f"  {name}", _workload(workload), _first(topology, "workloads", name, "replicas", "kind", "external")
    if topology.datastores:
        yield "datastores", "", ""
        for name, store in topology.datastores.items():
            yield f"  {name}", _datastore(name, store), _first(topology, "datastores", name, "members", "external")
    if topology.jobs is not None:
        yield "scrape jobs", "", ""
        for name, job in topology.jobs.items():
            yield f"  {name}", _job(job), _first(topology, "jobs", name, "targets", "technology")
    if topology.exporters:
        yield "exporters", "", ""
        yield from _exporters(topology, technologies)
    if said := _defaults(topology):
        yield "all else", said, _first(topology, "defaults", "scraped", "replicas", "members", "mode")
    if topology.external_checks:
        yield "checks from outside", "", ""
        for check in topology.external_checks:
            yield f"  {check.component}", ", ".join(check.modes), check.url or ""


def _defaults(topology: Topology) -> str:
    each = topology.defaults
    words = [_counted(each.replicas, "replica")] if each.replicas is not None else []
    words += [_counted(each.members, "member")] if each.members is not None else []
    words += [each.mode] if each.mode is not None else []
    words += [{True: "scraped", False: "not scraped"}[each.scraped]] if each.scraped is not None else []
    return ", ".join(words)


def _cluster(topology: Topology) -> Iterator[Row]:
    source, kubernetes = topology.sources.get, topology.kubernetes
    if kubernetes.distribution is not None:
        yield "kubernetes", kubernetes.distribution, source("kubernetes.distribution", "")
    scalers = msgspec.to_builtins(topology.autoscaling)
    for name, there in scalers.items():
        if there is not None:
            yield f"autoscaling {name}", "yes" if there else "no", source(f"autoscaling.{name}", "")
    budgets = kubernetes.pod_disruption_budgets
    if budgets is not None:
        yield "disruption budgets", "yes" if budgets else "no", source("kubernetes.pod-disruption-budgets", "")
    if topology.volumes.driver is not None:
        yield "volume driver", topology.volumes.driver, source("volumes.driver", "")
    if topology.volumes.statistics is not None:
        yield "volume statistics", "yes" if topology.volumes.statistics else "no", source("volumes.statistics", "")


def _server(topology: Topology) -> Iterator[Row]:
    server = topology.prometheus
    if server.instances is not None or server.version is not None:
        words = [str(server.instances)] if server.instances is not None else []
        words += [f"version {server.version}"] if server.version is not None else []
        yield "prometheus", ", ".join(words), _first(topology, "prometheus", "instances", "version")
    for name, value in (("scrape interval", server.scrape_interval), ("evaluation interval", server.evaluation_interval)):
        if value is not None:
            yield name, _interval(value), topology.sources.get(f"prometheus.{name.replace(' ', '-')}", "")
    if server.external_labels:
        said = ", ".join(f"{key}={value}" for key, value in server.external_labels.items())
        yield "external labels", said, topology.sources.get("prometheus.external-labels", "")
    if server.alertmanagers is not None:
        yield "alertmanagers", str(server.alertmanagers), topology.sources.get("prometheus.alertmanagers", "")
    if server.remote_peers is not None:
        said = "yes" if server.remote_peers else "no"
        yield "remote peers", said, topology.sources.get("prometheus.remote-peers", "")


def _workload(each: Workload) -> str:
    words = ["managed elsewhere"] if each.external else [_counted(each.replicas, "replica")]
    words += [each.technology] if each.technology else []
    words += ["users touch it"] if each.users else []
    words += [f"scraped by {' and '.join(each.jobs)}"] if each.jobs else []
    return ", ".join(words)


def _datastore(name: str, each: Datastore) -> str:
    words = ["managed elsewhere"] if each.external else [_counted(each.members, "member")]
    words += [each.technology] if each.technology and each.technology != name else []
    words += [each.mode] if each.mode else []
    words += [{True: "its exporter is scraped", False: "no exporter"}[each.exporter]] if each.exporter is not None else []
    return ", ".join(words)


def _job(each: Job) -> str:
    words = [_counted(each.targets, "target")]
    words += [each.technology] if each.technology else []
    words += [f"of {each.component}"] if each.component else []
    words += [f"every {_interval(each.scrape_interval)}"] if each.scrape_interval is not None else []
    return ", ".join(words) + (f": {each.because}" if each.because else "")


def _exporters(topology: Topology, technologies: dict[str, str]) -> Iterator[Row]:
    here = {store.technology for store in topology.datastores.values()}
    here |= {workload.technology for workload in topology.workloads.values()}
    others: dict[str, list[str]] = {}
    for name, there in topology.exporters.items():
        source = topology.sources.get(f"exporters.{name}", "")
        if there or technologies.get(name) in here:
            yield f"  {name}", "scraped" if there else "not scraped", source
        else:
            others.setdefault(source, []).append(name)
    for source, names in sorted(others.items(), key=lambda item: len(item[1])):
        if len(names) == 1:
            yield f"  {names[0]}", "not scraped", source
        else:
            yield f"  {len(names)} of what does not run here", "not scraped", source


def _open(topology: Topology) -> Iterator[str]:
    """What matters most to verdicts and is not known."""
    server = topology.prometheus
    for name, value in (
        ("nodes", topology.nodes),
        ("zones", topology.zones),
        ("the cluster's distribution", topology.kubernetes.distribution),
        ("Prometheus servers", server.instances),
        ("Prometheus' version", server.version),
        ("Alertmanagers", server.alertmanagers),
        ("scrape jobs", topology.jobs),
    ):
        if value is None:
            yield name


def _counted(count: int | str | None, word: str) -> str:
    if count is None:
        return f"any number of {word}s"
    return f"{count} {word}{'' if str(count) == '1' else 's'}"


def _interval(value: float | str) -> str:
    return format_duration(seconds(value) or 0.0)


def _first(topology: Topology, *steps: str) -> str:
    """The source of the first value that has one: of the last steps below the first ones."""
    path = steps[:2] if steps[0] in ("workloads", "datastores", "jobs") else steps[:1]
    for key in (*steps[len(path) :], ""):
        source = topology.sources.get(".".join((*path, key) if key else path))
        if source:
            return source
    return ""
