"""How many scrape targets there are, of an exporter or in a job, and how many series and groups that makes at most."""

from __future__ import annotations

import math
from collections.abc import Mapping

from promtrim.knowledge.model import Metric, Ruleset
from promtrim.knowledge.series import Demanded
from promtrim.topology.conditions import members
from promtrim.topology.model import Count, Topology, parse_count

INF = math.inf


class Targets:
    """Counts of one topology."""

    def __init__(self, topology: Topology, heads: Mapping[str, Ruleset]) -> None:
        self._topology = topology
        self._heads = heads
        self._gateways: tuple[frozenset[str], frozenset[str]] | None = None
        self._nodes = parse_count(topology.nodes)
        self._replicas = parse_count(topology.defaults.replicas)
        self._counted = {"nodes": self._nodes, "zones": parse_count(topology.zones)}
        self.jobs = topology.jobs

    def exporting(self, metric: Metric, head: Ruleset, demanded: Demanded) -> float:
        """How many targets at most export the metric; an instance is one, of whatever job. INF: unknown."""
        if metric.identity is not None and "instance" in metric.identity:
            return self.instances(demanded)
        return self.of(head, demanded)

    def series(self, metric: Metric, head: Ruleset, part: str, total: float, demanded: Demanded) -> float:
        """How many series of a metric there are at most, of so many targets in all."""
        if metric.identity is None or total == INF:
            return INF
        # Buckets differ in ``le`` and the quantiles of a summary in ``quantile``, beside what the whole is told by.
        own = {"bucket": "le", "count": None, "sum": None}.get(part, "quantile" if metric.type == "summary" else None)
        for label in metric.identity if own is None else (*metric.identity, own):
            if total == INF:
                break
            wanted = demanded.get(label)
            if wanted is not None:
                total *= len(wanted)
            elif label == "instance" or (label == "job" and "instance" in metric.identity):
                continue
            elif label in metric.values:
                total *= len(metric.values[label])
            else:
                total *= self.values(head, label)
        return total

    def values(self, head: Ruleset, label: str) -> float:
        """How many values a label has at most that names one of what the topology counts; INF where it does not."""
        count = self._counted.get(head.counts.get(label, ""))
        return count.hi if count else INF

    def instances(self, demanded: Demanded) -> float:
        """How many targets the demanded scrape jobs have at most, where they are known."""
        if self.jobs is None:
            return INF
        wanted = demanded.get("job") or self.jobs
        counts = [parse_count(self.jobs[job].targets) for job in wanted if job in self.jobs]
        return sum(count.hi if count else INF for count in counts) if counts else INF

    def of(self, head: Ruleset, demanded: Demanded) -> float:
        """How many targets of the exporter are scraped at most, restarts aside.

        Where the scrape jobs are known, their targets count, of those jobs that are asked for. Replicas do not tell: there
        may be many workloads.
        """
        if self.jobs is not None:
            # What one replica of anything may deliver (a language's runtime, say) comes from targets of any technology.
            anywhere = head.target.per in ("replica", "unknown")
            wanted, own = demanded.get("job"), (None, head.ruleset, head.technology)
            asked = [job for name, job in self.jobs.items() if wanted is None or name in wanted]
            jobs = [job for job in asked if anywhere or job.technology in own]
            # Where no job is said to be of this technology, one delivers it all the same, or ``exporters`` knows better.
            if not jobs or any(job.technology in self._passing_on(anywhere) for job in asked):
                return INF
            return sum(count.hi if (count := parse_count(job.targets)) else INF for job in jobs)
        counts: dict[str, Count | None] = {
            "node": self._nodes,
            "member": _members(self._topology, head.technology),
            "cluster": self._replicas,
            "prometheus": parse_count(self._topology.prometheus.instances),
        }
        count = counts.get(head.target.per)
        return count.hi if count is not None and self._topology.defaults.scraped else INF

    def _passing_on(self, pushed: bool) -> frozenset[str]:
        """Technologies whose targets pass on series of others, of however many; ``pushed``: or what applications push."""
        if self._gateways is None:
            heads = self._heads.values()
            relays = frozenset(head.technology for head in heads if head.detect.relay_images)
            self._gateways = relays, relays | {head.technology for head in heads if head.detect.push_images}
        return self._gateways[pushed]

    def things(self, head: Ruleset) -> float:
        """Of how many things of a kind a fact on each of them speaks, where the scrape jobs are not known."""
        if head.target.per == "member":
            return max(1, _members(self._topology, head.technology).hi)
        return len(members(self._topology, head.technology))

    def one_a_job(self, head: Ruleset) -> bool:
        """Whether a job has one target as a rule: each workload runs once, and no job is known that has more."""
        return self.jobs is None and head.target.per == "replica" and self._replicas is not None and self._replicas.hi == 1


def _members(topology: Topology, technology: str) -> Count:
    """Configured members of all that is of this technology, together."""
    counts = members(topology, technology)
    return Count(sum(count.lo for count in counts), sum(count.hi for count in counts))


__all__ = ["Targets"]
