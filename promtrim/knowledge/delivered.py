"""What the scrape jobs certainly deliver and certainly do not: series of dead targets, of jobs and instances that do not
exist, of exporters that nobody scrapes. What a metric's values mean is for :mod:`facts`.
"""

from __future__ import annotations

from promtrim.knowledge.index import fitting
from promtrim.knowledge.model import Index
from promtrim.knowledge.series import Because, Demanded, Range, SeriesFacts, View
from promtrim.topology.model import Job, Topology, parse_count

UP = "up"


class Delivered:
    """Answers for one topology."""

    def __init__(self, index: Index, topology: Topology) -> None:
        self._index = index
        self._topology = topology
        self._jobs = topology.jobs
        self._sources = topology.sources
        self._words: frozenset[str] | None = None

    def missing(self, name: str, demanded: Demanded, known: bool) -> Because | None:
        """Why no target delivers the series that a selector demands, where that is certain.

        Args:
            known: whether a ruleset knows the metric; of its exporter the ruleset's own facts tell.
        """
        found = self._no_job(name, demanded) or self._no_instance(name, demanded)
        return found if found or known else self._nobodys(name)

    def _no_job(self, name: str, demanded: Demanded) -> Because | None:
        """Where the scrape jobs are known and no target of those that the selector asks for delivers the metric."""
        wanted = demanded.get("job")
        if self._jobs is None or wanted is None or ":" in name:
            return None
        reasons = []
        for job in sorted(wanted):
            found = self._jobs.get(job)
            if found is None:
                reasons.append(f"no scrape job is named {job!r}")
                continue
            targets = parse_count(found.targets)
            if targets is not None and targets.hi == 0:
                reasons.append(found.because or f"the scrape job {job!r} finds no target")
            elif _is_dead(found) and not _of_server(name):
                reasons.append(f"nobody answers the scrape job {job!r}: {found.because or 'its targets are dead'}")
            else:
                return None
        return Because("; ".join(reasons), self._sources.get("jobs", ""), "not-scraped")

    def _no_instance(self, name: str, demanded: Demanded) -> Because | None:
        """Where all targets are known by their ``instance`` and the selector asks for another."""
        wanted = demanded.get("instance")
        if self._jobs is None or wanted is None or ":" in name or name.startswith("ALERTS"):
            return None
        names = demanded.get("job") or self._jobs
        jobs = {job: self._jobs[job] for job in names if job in self._jobs}
        if not jobs or any(job.instances is None or wanted & set(job.instances) for job in jobs.values()):
            return None
        listed = " or ".join(repr(each) for each in sorted(wanted)[:3])
        of = f"the job {next(iter(jobs))!r}" if len(jobs) == 1 else "any scrape job"
        return Because(f"no target of {of} has the instance {listed}", self._sources.get("jobs", ""), "not-scraped")

    def some_dead(self, demanded: Demanded) -> bool:
        """Whether some target of those that the selector asks for is known never to answer."""
        wanted = demanded.get("job")
        jobs = (self._jobs or {}).items()
        return any(job.dead is not None for name, job in jobs if wanted is None or name in wanted)

    def up_of_dead(self, demanded: Demanded, view: View) -> SeriesFacts | None:
        """``up`` of targets that never answer; None where the selector asks for others too."""
        wanted = demanded.get("job")
        jobs = {
            name: job
            for name, job in (self._jobs or {}).items()
            if (_is_dead(job) or (view.dead == "some" and _lowest(job.dead) > 0)) and (wanted is None or name in wanted)
        }
        if view.dead:
            if not jobs:
                return None
        elif wanted is None or not jobs or set(jobs) != {name for name in wanted if name in (self._jobs or {})}:
            return None
        first, job = next(iter(jobs.items()))
        because = Because(
            f"a target of the scrape job {first!r} never answers: {job.because or 'it is dead'}",
            self._sources.get(f"jobs.{first}.dead", "the topology"), "not-scraped",
        )  # fmt: skip
        zero = Range(0, 0, True, False, True)
        return SeriesFacts(
            possible=zero, healthy=zero, overlap=False, present=set(demanded) <= {"job"}, values={"job": tuple(jobs)},
            because=(because,), type="gauge",
        )  # fmt: skip

    def _nobodys(self, name: str) -> Because | None:
        """Where only known exporters are scraped, and the metric is none of theirs."""
        if self._topology.other_metrics is not False or ":" in name or _of_server(name):
            return None
        first = name.partition("_")[0]
        there = self._topology.exporters
        if first in self._first_words() or any(there.get(each.ruleset) for _, each in fitting(self._index, name)):
            return None
        text = f"nothing that is scraped here delivers {name}"
        return Because(text, self._sources.get("other-metrics", "the topology"), "not-scraped")

    def _first_words(self) -> frozenset[str]:
        """With what the names of metrics begin that the exporters here deliver, listed or not."""
        if self._words is None:
            there = {ruleset for ruleset, deployed in self._topology.exporters.items() if deployed}
            entries = self._index.exact.items()
            found = {name.partition("_")[0] for name, each in entries if any(entry.ruleset in there for entry in each)}
            found |= {prefix.partition("_")[0] for name in there for prefix in self._index.heads[name].prefixes}
            self._words = frozenset(found)
        return self._words


def _of_server(name: str) -> bool:
    """Whether Prometheus adds the series itself: for a target whether it answers or not, or for its alerts."""
    return name == UP or name.startswith(("scrape_", "ALERTS"))


def _is_dead(job: Job) -> bool:
    """Whether none of its targets ever answers."""
    targets = parse_count(job.targets)
    return targets is not None and 0 < targets.hi <= _lowest(job.dead)


def _lowest(value: int | str | None) -> float:
    count = parse_count(value)
    return count.lo if count else 0
