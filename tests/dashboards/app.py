"""A small ticket shop that exposes metrics, for the tests of dashboards: now over HTTP, and its past as OpenMetrics.

Everything is a function of time, so that what it says today goes on from what it says of yesterday. In the past six hours
Redis was away for a quarter of an hour, a tenth of all payments failed for a while, and a volume filled up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Sample = tuple[str, dict[str, str], float]

WEEK = 7 * 86400.0
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DELAYS = {"0.05": 0.55, "0.1": 0.78, "0.25": 0.92, "0.5": 0.96, "1.0": 0.985, "2.5": 0.996, "5.0": 0.9995}
"""Share of requests that are done after so many seconds."""


def flow(at: float, mean: float, swing: float, period: float = 5400.0) -> float:
    """A counter whose rate is ``mean`` and swings by ``swing`` (both per second)."""
    turn = 2 * math.pi / period
    return mean * at + swing / turn * (1 - math.cos(turn * at))


def between(at: float, start: float, end: float) -> float:
    """Seconds of the stretch from start to end that have passed."""
    return min(max(at - start, 0.0), end - start)


class Shop:
    """The shop and what stands around it.

    Args:
        now: seconds since 1970 at which the story ends; the past is told from there.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self.origin = now - 9 * 86400.0
        self.jobs: dict[str, Callable[[float], Iterator[Sample]]] = {
            "tickets-api": self.tickets, "mongodb": self.mongodb, "redis": self.redis, "cluster": self.cluster,
        }  # fmt: skip

    def exposition(self, job: str, at: float) -> str:
        """What a scrape of a job gets."""
        return "".join(f"{name}{_labels(labels)} {value!r}\n" for name, labels, value in self.jobs[job](at))

    def history(self, instances: dict[str, str], hours: float = 7.0, step: float = 60.0) -> str:
        """The past as OpenMetrics, for ``promtool tsdb create-blocks-from``.

        Args:
            instances: job to the instance label that its scrapes have.
        """
        series: dict[tuple[str, str], list[str]] = {}

        def add(job: str, at: float, samples: Iterator[Sample]) -> None:
            own = {"job": job, "instance": instances[job]}
            for name, labels, value in samples:
                text = _labels({**labels, **own})
                series.setdefault((name, text), []).append(f"{name}{text} {value!r} {at:.3f}\n")

        for job, samples in self.jobs.items():
            for index in range(int(hours * 3600 / step)):
                at = self.now - hours * 3600 + index * step
                add(job, at, samples(at))
                add(job, at, iter([("up", {}, 1.0)]))
        for index in range(int(hours * 12)):
            at = self.now - WEEK - (hours + 1) * 3600 + index * 300
            add("tickets-api", at, (each for each in self.tickets(at) if each[0] == "tickets_sold_total"))
        names = sorted(series)
        lines = []
        for name, text in names:
            lines += sorted(series[name, text], key=lambda line: float(line.rsplit(" ", 1)[1]))
        return "".join(lines) + "# EOF\n"

    def tickets(self, at: float) -> Iterator[Sample]:
        since = at - self.origin
        bad = 0.09 * flow(between(at, self.now - 3 * 3600, self.now - 2.2 * 3600), 12, 0)
        for path, share in (("/shows", 0.8), ("/orders", 0.15), ("/session", 0.05)):
            total = flow(since, 12 * share, 5 * share)
            failed = 0.004 * total + share * bad
            for status, count in (("200", total - failed - 0.01 * total), ("401", 0.01 * total), ("500", failed)):
                labels = {"method": "GET", "path": path, "status_code": status}
                for le in BUCKETS:
                    yield "http_request_duration_seconds_bucket", {**labels, "le": str(le)}, count * DELAYS[str(le)]
                yield "http_request_duration_seconds_bucket", {**labels, "le": "+Inf"}, count
                yield "http_request_duration_seconds_count", labels, count
                yield "http_request_duration_seconds_sum", labels, count * 0.08
        yield "tickets_sold_total", {"show": "opera"}, flow(since, 0.3, 0.12)
        yield "tickets_sold_total", {"show": "jazz"}, flow(since, 0.11, 0.09, 3100)
        attempts = flow(since, 0.5, 0.2)
        yield "payment_attempts_total", {}, attempts
        yield "payment_failures_total", {}, 0.02 * attempts + 0.05 * between(at, self.now - 3 * 3600, self.now - 2 * 3600)
        for collection, factor in (("orders", 1.0), ("seats", 2.6)):
            count = flow(since, 20, 6)
            for le in BUCKETS:
                share = 1 - math.exp(-le / (0.04 * factor))
                labels = {"collection": collection, "le": str(le)}
                yield "mongodb_query_duration_seconds_bucket", labels, count * share
            yield "mongodb_query_duration_seconds_bucket", {"collection": collection, "le": "+Inf"}, count
        yield "backup_last_success_timestamp_seconds", {}, self.now - 5 * 3600
        yield "ticket_queue_depth", {"queue": "mail"}, 20 + 15 * math.sin(at / 900)

    def mongodb(self, at: float) -> Iterator[Sample]:
        yield "mongodb_up", {}, 1.0
        used = 60 + 25 * math.sin((at - self.now) / 3000)
        yield "mongodb_connections", {"state": "current"}, round(used)
        yield "mongodb_connections", {"state": "available"}, round(100 - used)

    def redis(self, at: float) -> Iterator[Sample]:
        away = self.now - 2 * 3600 <= at < self.now - 1.75 * 3600
        yield "redis_up", {}, 0.0 if away else 1.0
        if away:
            return
        yield "redis_memory_used_bytes", {}, 180e6 + 40e6 * math.sin((at - self.now) / 5000)
        yield "redis_memory_max_bytes", {}, 256e6
        yield "redis_evicted_keys_total", {}, 2.0 * max(0.0, math.sin((at - self.now) / 5000)) + 40
        yield "redis_rejected_connections_total", {}, 0.0

    def cluster(self, at: float) -> Iterator[Sample]:
        for name, cpu, memory in (("backend-6d9f", 0.35, 310e6), ("storefront-79c4", 0.12, 140e6)):
            pod = {"namespace": "stagedoor", "pod": name, "container": name.rpartition("-")[0]}
            yield "container_cpu_usage_seconds_total", pod, flow(at - self.origin, cpu, cpu * 0.6)
            yield "container_memory_working_set_bytes", pod, memory * (1 + 0.1 * math.sin(at / 2500))
            for resource, limit in (("cpu", 1.0), ("memory", 512e6)):
                yield "kube_pod_container_resource_limits", {**pod, "resource": resource}, limit
            yield "kube_pod_container_status_restarts_total", pod, 1.0 if at > self.now - 4000 else 0.0
        for name in ("backend", "storefront"):
            labels = {"namespace": "stagedoor", "deployment": name}
            yield "kube_deployment_spec_replicas", labels, 1.0
            yield "kube_deployment_status_replicas_available", labels, 1.0
        volume = {"namespace": "stagedoor", "persistentvolumeclaim": "mongodb-data"}
        yield "kubelet_volume_stats_capacity_bytes", volume, 20e9
        yield "kubelet_volume_stats_available_bytes", volume, 2.2e9 + (self.now - at) * 1.5e5


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}" if labels else ""


def serve(shop: Shop, clock: Callable[[], float]) -> ThreadingHTTPServer:
    """A server on a free port; each job's metrics are at its name as the path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            job = self.path.strip("/")
            found = job in shop.jobs
            body = shop.exposition(job, clock()).encode() if found else b"no such job\n"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
