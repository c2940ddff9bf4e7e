"""Reads what a running server tells into :class:`~promtrim.detect.live.model.Live`."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from promtrim.detect.live.asking import Asking
from promtrim.detect.live.counting import count
from promtrim.detect.live.identify import identify, seen
from promtrim.detect.live.model import Live, LiveRule, LiveTarget
from promtrim.errors import InputError, RemoteError
from promtrim.http import Server
from promtrim.rulefile.model import Problem
from promtrim.stack.prometheus_config import PrometheusConfig, parse_prometheus_config

if TYPE_CHECKING:
    from promtrim.knowledge.model import Index

MAX_TARGETS = 5000
MAX_RULES = 20_000
RECENT = 3600
"""Seconds that count as now, for names of series."""

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_RECEIVERS = ("web.enable-remote-write-receiver", "web.enable-otlp-receiver")
_known: dict[Server, Live] = {}


def read_live(server: Server, index: Index) -> Live:
    """Ask a server what it is, scrapes, has loaded and counts; once per process.

    Raises:
        RemoteError: nobody answers, or not to us, or it is no server of this kind.
    """
    if server not in _known:
        _known[server] = read_anew(server, index)
    return _known[server]


def read_anew(server: Server, index: Index) -> Live:
    """As :func:`read_live`, whatever was read before."""
    asking = Asking(server)
    with asking.client:
        version, is_prometheus = _build(asking)
        if asking.query("vector(1)", "the results of queries") is None:
            said = f"this does not answer queries as Prometheus does ({asking.why}), give the address before /api/v1"
            raise RemoteError(said, asking.url)
        config = _config(asking) if is_prometheus else None
        rules = _rules(asking)
        targets = _targets(asking)
        recent = {"start": str(int(time.time()) - RECENT)}
        names = asking.strings("/api/v1/label/__name__/values", "the names of its series", recent)
        jobs = asking.strings("/api/v1/label/job/values", "the jobs of its series", recent)
        return Live(
            url=asking.url,
            version=version,
            config=config,
            targets=targets,
            # Beside the servers with Prometheus' API another program evaluates the rules: none means nothing there.
            rules=rules if rules or is_prometheus else None,
            alertmanagers=_alertmanagers(asking) if is_prometheus else None,
            names=names,
            jobs=jobs,
            receives=_receives(asking) if is_prometheus else None,
            exporters=identify(asking, names, index),
            rulesets=frozenset(seen(names or (), index)),
            counted=tuple(count(asking, names, index)),
            problems=tuple(asking.problems),
        )


def _build(asking: Asking) -> tuple[str | None, bool]:
    """Prometheus' version, and whether the server may be Prometheus itself rather than something with its API."""
    data = asking.tell("/api/v1/status/buildinfo", "its version")
    if not isinstance(data, dict):
        return None, True
    version = str(data.get("version") or "")
    found = _VERSION.match(version.lstrip("v"))
    # Mimir names its application; Thanos counts from 0; VictoriaMetrics gives a version and nothing else.
    itself = not data.get("application") and bool(data.get("goVersion")) and not version.startswith("0.")
    return (found[0] if found and itself else None), itself


def _config(asking: Asking) -> PrometheusConfig | None:
    data = asking.tell("/api/v1/status/config", "its configuration")
    text = data.get("yaml") if isinstance(data, dict) else None
    if not isinstance(text, str):
        return None
    file = f"{asking.url}/api/v1/status/config"
    try:
        config = parse_prometheus_config(text, file)
    except InputError as error:
        asking.problems.append(Problem("not-told", f"its configuration cannot be read ({error.message})", file))
        return None
    # Every interval is written out there: a job's own is one that differs.
    jobs = tuple(msgspec.structs.replace(job, own_interval=job.interval != config.scrape_interval) for job in config.jobs)
    # It runs with it: what this program does not know of it is no fault of the configuration.
    return msgspec.structs.replace(config, jobs=jobs, problems=())


def _targets(asking: Asking) -> tuple[LiveTarget, ...] | None:
    data = asking.tell("/api/v1/targets", "its targets", {"state": "active"})
    rows = data.get("activeTargets") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return None
    if len(rows) > MAX_TARGETS:
        said = f"has {len(rows)} targets: the first {MAX_TARGETS} are looked at"
        asking.problems.append(Problem("too-many-targets", said, asking.url))
    return tuple(_target(row) for row in rows[:MAX_TARGETS] if isinstance(row, dict))


def _target(row: dict[str, Any]) -> LiveTarget:
    labels = {str(key): str(value) for key, value in _mapping(row, "labels").items()}
    try:
        parts = urlsplit(_text(row, "scrapeUrl"))
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        address, path = f"{host}:{port}", parts.path
    except ValueError:
        address, path = labels.get("instance", ""), ""
    return LiveTarget(
        job=labels.get("job", ""),
        instance=labels.get("instance", ""),
        pool=_text(row, "scrapePool"),
        address=address,
        path=path,
        up={"up": True, "down": False}.get(_text(row, "health")),
        error=_text(row, "lastError")[:200],
        labels=labels,
    )


def _rules(asking: Asking) -> tuple[LiveRule, ...] | None:
    data = asking.tell("/api/v1/rules", "its rules")
    groups = data.get("groups") if isinstance(data, dict) else None
    if not isinstance(groups, list):
        return None
    found: list[LiveRule] = []
    for group in groups:
        rows = group.get("rules") if isinstance(group, dict) else None
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict) or len(found) >= MAX_RULES:
                continue
            failing = _text(row, "lastError")[:200] if _text(row, "health") == "err" else ""
            found.append(
                LiveRule(
                    name=_text(row, "name"),
                    alerting=_text(row, "type") == "alerting",
                    query=_text(row, "query"),
                    file=_text(group, "file"),
                    group=_text(group, "name"),
                    failing=failing,
                )
            )
    return tuple(found)


def _alertmanagers(asking: Asking) -> tuple[str, ...] | None:
    data = asking.tell("/api/v1/alertmanagers", "its Alertmanagers")
    rows = data.get("activeAlertmanagers") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return None
    return tuple(dict.fromkeys(_text(row, "url") for row in rows if isinstance(row, dict)))


def _receives(asking: Asking) -> bool | None:
    """Whether its flags let others push into it: remote write, OTLP."""
    flags = asking.tell("/api/v1/status/flags", "its flags")
    if not isinstance(flags, dict):
        return None
    features = _text(flags, "enable-feature")
    return any(_text(flags, name) == "true" for name in _RECEIVERS) or any(
        word in features for word in ("remote-write-receiver", "otlp-write-receiver")
    )


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _mapping(row: dict[str, Any], key: str) -> dict[str, Any]:
    value = row.get(key)
    return value if isinstance(value, dict) else {}
