"""What the types of a topology cannot say, with line and column. Types and spelling are for :mod:`load`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from promtrim.durations import seconds
from promtrim.errors import ErrorGroup, InputError
from promtrim.topology.located import YamlMap, place_of
from promtrim.topology.model import Topology, parse_count

if TYPE_CHECKING:
    from promtrim.knowledge.model import Ruleset


class _Errors:
    """Errors of a document while they are collected."""

    def __init__(self, document: YamlMap, file: str) -> None:
        self._document = document
        self._file = file
        self._found: dict[tuple[int, int, str], InputError] = {}

    def __call__(self, path: tuple[str, ...], message: str) -> None:
        place = place_of(self._document, path, self._file)
        error = InputError(message, place.file, place.line, place.column)
        self._found.setdefault((place.line, place.column, message), error)

    def tell(self) -> None:
        """Raise what was found, in the order of the text.

        Raises:
            InputError, ErrorGroup: something was.
        """
        errors = [self._found[key] for key in sorted(self._found)]
        if errors:
            raise errors[0] if len(errors) == 1 else ErrorGroup([*errors])


def check(topology: Topology, document: YamlMap, file: str) -> None:
    """Refuse empty ranges, names that do not exist, and more than one member of what stands alone.

    Args:
        document: what the topology was read from, for line and column.

    Raises:
        InputError, ErrorGroup: all that were found.
    """
    fail = _Errors(document, file)

    for path, count in _counts(topology):
        if error := _error(parse_count, count):
            fail(path, f"{'.'.join(path)}: {error}")
    for path, interval in _intervals(topology):
        if error := _error(seconds, interval):
            fail(path, f"{'.'.join(path)}: {error}")
    for name, store in topology.datastores.items():
        members = parse_count(store.members)
        if store.mode == "standalone" and members and not members.lo <= 1 <= members.hi:
            fail(
                ("datastores", name, "members"),
                f"{name} is standalone and has {members} members, which contradict each other: mend one",
            )
    parts = {*topology.workloads, *topology.datastores}
    for name, workload in topology.workloads.items():
        for other in workload.depends_on:
            if other not in parts:
                fail(
                    ("workloads", name, "depends-on"),
                    f"{name} depends on {other!r}, which is not in workloads or datastores{_close(other, parts)}",
                )
    if topology.jobs is not None:
        for section, entries in (("workloads", topology.workloads), ("datastores", topology.datastores)):
            for name, entry in entries.items():
                for job in entry.jobs:
                    if job not in topology.jobs:
                        fail(
                            (section, name, "jobs"),
                            f"{name} names the job {job!r}, which is not in jobs{_close(job, topology.jobs)}",
                        )
    fail.tell()


def check_names(topology: Topology, document: YamlMap, file: str, heads: Mapping[str, Ruleset]) -> None:
    """Refuse names of exporters, options and components that nothing is named so. Stricter than what loading asks.

    Args:
        heads: rulesets by id.

    Raises:
        InputError, ErrorGroup: all that were found.
    """
    fail = _Errors(document, file)
    technologies = {head.technology for head in heads.values()}
    for name in topology.exporters:
        if name not in heads:
            fail(("exporters", name), f"there is no ruleset {name!r}{_close(name, heads)}; see promtrim rules list")
    for ruleset, stated in topology.options.items():
        if ruleset not in heads:
            fail(("options", ruleset), f"there is no ruleset {ruleset!r}{_close(ruleset, heads)}; see promtrim rules list")
            continue
        known = heads[ruleset].options
        for option in stated:
            if option not in known:
                words = f"use one of: {', '.join(known)}" if known else "it has none"
                fail(("options", ruleset, option), f"{ruleset} has no option {option!r}, {words}")
    for name, store in topology.datastores.items():
        if store.technology is not None and store.technology not in technologies:
            message = f"no ruleset is about {store.technology!r}{_close(store.technology, technologies)}"
            fail(("datastores", name, "technology"), f"{message}; without its facts little is known of it")
    for name, job in (topology.jobs or {}).items():
        if job.technology is not None and job.technology not in {*heads, *technologies}:
            message = f"there is no ruleset {job.technology!r}{_close(job.technology, heads)}"
            fail(("jobs", name, "technology"), f"{message}; see promtrim rules list")
    fail.tell()


def _error(read: Callable[[Any], object], value: object) -> str:
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return ""


def _close(word: str, words: Any) -> str:
    from difflib import get_close_matches

    found = get_close_matches(word, words, 1)
    return f", did you mean {found[0]!r}?" if found else ""


def _counts(topology: Topology) -> list[tuple[tuple[str, ...], int | str | None]]:
    server, defaults = topology.prometheus, topology.defaults
    return [
        (("nodes",), topology.nodes),
        (("zones",), topology.zones),
        (("prometheus", "instances"), server.instances),
        (("prometheus", "alertmanagers"), server.alertmanagers),
        (("defaults", "replicas"), defaults.replicas),
        (("defaults", "members"), defaults.members),
        *((("workloads", name, "replicas"), each.replicas) for name, each in topology.workloads.items()),
        *((("datastores", name, "members"), each.members) for name, each in topology.datastores.items()),
        *((("jobs", name, "targets"), each.targets) for name, each in (topology.jobs or {}).items()),
    ]


def _intervals(topology: Topology) -> list[tuple[tuple[str, ...], float | str | None]]:
    server = topology.prometheus
    return [
        (("prometheus", "scrape-interval"), server.scrape_interval),
        (("prometheus", "evaluation-interval"), server.evaluation_interval),
        *((("jobs", name, "scrape-interval"), each.scrape_interval) for name, each in (topology.jobs or {}).items()),
    ]
