"""``prometheus.yml`` as values: what is scraped how, which rules are loaded, where alerts go.

Also says what keeps Prometheus from starting. What the jobs find is for :mod:`promtrim.detect.targets`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from promtrim.durations import parse_duration
from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.file_sd import read_file_sd
from promtrim.stack.manifests import at, items, problem, text, texts
from promtrim.stack.prometheus_keys import misplaced_keys
from promtrim.stack.relabel import RelabelRule, read_rules
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlList, YamlMap, read_all

MAX_BYTES = 16 << 20
DEFAULT_INTERVAL = 60.0
"""Seconds (https://prometheus.io/docs/prometheus/latest/configuration/configuration/)."""

_TOP = frozenset({
    "global", "runtime", "alerting", "rule_files", "scrape_config_files", "scrape_configs", "storage", "tracing",
    "remote_write", "remote_read", "otlp",
})  # fmt: skip


class Address(msgspec.Struct, frozen=True):
    """A static target."""

    address: str
    labels: dict[str, str]
    place: Place


class Discovery(msgspec.Struct, frozen=True):
    """One entry of a service discovery."""

    kind: str
    """``kubernetes``, ``file``, ``dns``, ``consul``, ...: what stands before ``_sd_configs``."""
    data: YamlMap
    place: Place


class Job(msgspec.Struct, frozen=True):
    """One scrape job."""

    name: str
    place: Place
    interval: float
    """Seconds."""
    own_interval: bool
    """Whether it has an interval of its own."""
    path: str
    scheme: str
    parameters: dict[str, tuple[str, ...]]
    honor_labels: bool
    static: tuple[Address, ...]
    discoveries: tuple[Discovery, ...]
    relabel: tuple[RelabelRule, ...]
    metric_relabel: tuple[RelabelRule, ...]
    credentials: bool
    """Whether it sends any (user, token, client certificate)."""
    interval_place: Place


class Pattern(msgspec.Struct, frozen=True):
    """An entry of ``rule_files``."""

    text: str
    place: Place


class PrometheusConfig(msgspec.Struct, frozen=True):
    """What one ``prometheus.yml`` says."""

    file: str
    place: Place
    scrape_interval: float
    evaluation_interval: float
    interval_places: tuple[Place, Place]
    external_labels: dict[str, str]
    external_labels_place: Place
    rule_files: tuple[Pattern, ...]
    alertmanagers: tuple[Address, ...]
    alertmanager_discoveries: tuple[Discovery, ...]
    alerting_place: Place
    alert_relabel: tuple[RelabelRule, ...]
    """What alerts go through before they are sent; rules that only one Alertmanager's entry has are among them."""
    remote: Place | None
    """Where remote write or remote read stands, if it does."""
    jobs: tuple[Job, ...]
    other_files: tuple[Pattern, ...]
    """``scrape_config_files``: jobs that stand elsewhere."""
    problems: tuple[Problem, ...]


def read_prometheus_config(path: str) -> PrometheusConfig:
    """Read a configuration file, and the files of targets that it names.

    Raises:
        InputError: it cannot be read, or is no mapping.
    """
    config = parse_prometheus_config(read_source(path, MAX_BYTES).text, path)
    problems: list[Problem] = []
    jobs = tuple(_with_files(job, path, problems) for job in config.jobs)
    return msgspec.structs.replace(config, jobs=jobs, problems=(*config.problems, *problems))


def parse_prometheus_config(source: str, file: str, lines_before: int = 0) -> PrometheusConfig:
    """As :func:`read_prometheus_config`, from text.

    Args:
        lines_before: lines of the file before the text, where it stands inside another one (a ConfigMap).
    """
    documents = read_all("\n" * lines_before + source, file)
    data = documents[0][1] if documents else YamlMap(Place(file, 1, 1))
    if not isinstance(data, YamlMap):
        raise InputError("a Prometheus configuration is a mapping (scrape_configs: ...)", file, 1, 1)
    problems: list[Problem] = []
    for key in data:
        if key not in _TOP:
            said = f"Prometheus does not know the key {key!r} and does not start with it: remove or correct it"
            problems.append(problem("prometheus-cannot-start", said, data.at(key)))
    problems += misplaced_keys(data)
    general = data.get("global")
    general = general if isinstance(general, YamlMap) else YamlMap(data.place)
    scrape, scrape_place = _interval(general, "scrape_interval", DEFAULT_INTERVAL, problems)
    evaluate, evaluate_place = _interval(general, "evaluation_interval", DEFAULT_INTERVAL, problems)
    alertmanagers, found = _alertmanagers(data)
    remote = next((data.at(key) for key in ("remote_write", "remote_read") if data.get(key)), None)
    return PrometheusConfig(
        file=file,
        place=data.place,
        scrape_interval=scrape,
        evaluation_interval=evaluate,
        interval_places=(scrape_place, evaluate_place),
        external_labels=texts(general.get("external_labels")),
        external_labels_place=general.at("external_labels"),
        rule_files=_patterns(data, "rule_files"),
        alertmanagers=alertmanagers,
        alertmanager_discoveries=found,
        alerting_place=data.at("alerting"),
        alert_relabel=_alert_relabel(data, problems),
        remote=remote,
        jobs=_jobs(data, scrape, scrape_place, problems),
        other_files=_patterns(data, "scrape_config_files"),
        problems=tuple(problems),
    )


def _with_files(job: Job, path: str, problems: list[Problem]) -> Job:
    """A job with the targets of its ``file_sd_configs``; what may name others stays a discovery."""
    static = list(job.static)
    discoveries = []
    for discovery in job.discoveries:
        complete = False
        if discovery.kind == "file":
            addresses, complete = read_file_sd(discovery, path, problems)
            static += addresses
        if not complete:
            discoveries.append(discovery)
    return msgspec.structs.replace(job, static=tuple(static), discoveries=tuple(discoveries))


def looks_like_prometheus(data: Any) -> bool:
    """Whether a YAML value is a Prometheus configuration rather than something else."""
    return isinstance(data, dict) and (
        isinstance(data.get("scrape_configs"), list) or ("rule_files" in data and "global" in data)
    )


def _patterns(data: YamlMap, key: str) -> tuple[Pattern, ...]:
    found = data.get(key)
    if not isinstance(found, YamlList):
        return ()
    return tuple(Pattern(text(each), found.at(index)) for index, each in enumerate(found))


def _interval(data: YamlMap, key: str, default: float, problems: list[Problem]) -> tuple[float, Place]:
    value = data.get(key)
    if value is None:
        return default, data.place
    try:
        return parse_duration(text(value)), data.at(key)
    except ValueError as error:
        problems.append(problem("prometheus-cannot-start", f"{key}: {error}", data.at(key)))
        return default, data.at(key)


def _jobs(data: YamlMap, interval: float, place: Place, problems: list[Problem]) -> tuple[Job, ...]:
    jobs: list[Job] = []
    listed = data.get("scrape_configs")
    seen: dict[str, Place] = {}
    for index, entry in enumerate(items(listed)):
        here = listed.at(index) if isinstance(listed, YamlList) else data.place
        name = text(at(entry, "job_name"))
        if not isinstance(entry, YamlMap) or not name:
            said = "a scrape job without job_name: Prometheus does not start with it"
            problems.append(problem("prometheus-cannot-start", said, here))
            continue
        if name in seen:
            said = f"the job name {name!r} stands also in line {seen[name].line}: Prometheus does not start with it"
            problems.append(problem("prometheus-cannot-start", said, entry.at("job_name")))
        seen.setdefault(name, entry.at("job_name"))
        jobs.append(_job(entry, name, interval, place, problems))
    return tuple(jobs)


def _job(entry: YamlMap, name: str, interval: float, place: Place, problems: list[Problem]) -> Job:
    own, own_place = interval, place
    if entry.get("scrape_interval") is not None:
        own, own_place = _interval(entry, "scrape_interval", interval, problems)
    timeout, timeout_place = _interval(entry, "scrape_timeout", 0.0, problems)
    if timeout > own:
        said = f"scrape_timeout of {name} is longer than its interval: Prometheus does not start with it"
        problems.append(problem("prometheus-cannot-start", said, timeout_place))
    relabel, wrong = read_rules(entry.get("relabel_configs"))
    metric_relabel, more = read_rules(entry.get("metric_relabel_configs"))
    problems += [problem("prometheus-cannot-start", said, where) for said, where in (*wrong, *more)]
    parameters = entry.get("params")
    return Job(
        name=name,
        place=entry.at("job_name"),
        interval=own,
        own_interval=entry.get("scrape_interval") is not None,
        path=text(entry.get("metrics_path")) or "/metrics",
        scheme=text(entry.get("scheme")) or "http",
        parameters={
            key: tuple(text(each) for each in items(value))
            for key, value in (parameters.items() if isinstance(parameters, dict) else ())
        },
        honor_labels=entry.get("honor_labels") is True,
        static=_static(entry),
        discoveries=_discoveries(entry),
        relabel=relabel,
        metric_relabel=metric_relabel,
        credentials=any(entry.get(key) for key in _CREDENTIALS) or bool(at(entry, "tls_config", "cert_file")),
        interval_place=own_place,
    )


_CREDENTIALS = ("basic_auth", "authorization", "bearer_token", "bearer_token_file", "oauth2", "sigv4")


def _static(holder: YamlMap) -> tuple[Address, ...]:
    found = []
    for group in items(holder.get("static_configs")):
        targets = at(group, "targets")
        labels = texts(at(group, "labels"))
        for index, each in enumerate(items(targets)):
            place = targets.at(index) if isinstance(targets, YamlList) else holder.place
            found.append(Address(text(each), labels, place))
    return tuple(found)


def _discoveries(holder: YamlMap) -> tuple[Discovery, ...]:
    found = []
    for key, value in holder.items():
        if not key.endswith("_sd_configs"):
            continue
        for index, each in enumerate(items(value)):
            if isinstance(each, YamlMap):
                place = value.at(index) if isinstance(value, YamlList) else holder.at(key)
                found.append(Discovery(re.sub(r"_sd_configs$", "", key), each, place))
    return tuple(found)


def _alert_relabel(data: YamlMap, problems: list[Problem]) -> tuple[RelabelRule, ...]:
    found: list[RelabelRule] = []
    for holder in (at(data, "alerting"), *items(at(data, "alerting", "alertmanagers"))):
        rules, wrong = read_rules(at(holder, "alert_relabel_configs"))
        found += rules
        problems += [problem("prometheus-cannot-start", said, where) for said, where in wrong]
    return tuple(found)


def _alertmanagers(data: YamlMap) -> tuple[tuple[Address, ...], tuple[Discovery, ...]]:
    addresses: list[Address] = []
    discoveries: list[Discovery] = []
    for entry in items(at(data, "alerting", "alertmanagers")):
        if isinstance(entry, YamlMap):
            addresses += _static(entry)
            discoveries += _discoveries(entry)
    return tuple(addresses), tuple(discoveries)
