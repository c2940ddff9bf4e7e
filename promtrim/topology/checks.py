"""What the types of a topology cannot say, with line and column. Types and spelling are for :mod:`load`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from promtrim.durations import seconds
from promtrim.errors import ErrorGroup, InputError
from promtrim.topology.model import Topology, parse_count
from promtrim.yamltext.located import YamlMap, place_of


class Errors:
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
    fail = Errors(document, file)

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
                    f"{name} depends on {other!r}, which is not in workloads or datastores{close(other, parts)}",
                )
    if topology.jobs is not None:
        for section, entries in (("workloads", topology.workloads), ("datastores", topology.datastores)):
            for name, entry in entries.items():
                for job in entry.jobs:
                    if job not in topology.jobs:
                        fail(
                            (section, name, "jobs"),
                            f"{name} names the job {job!r}, which is not in jobs{close(job, topology.jobs)}",
                        )
    fail.tell()


def _error(read: Callable[[Any], object], value: object) -> str:
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return ""


def close(word: str, words: Iterable[str]) -> str:
    """A word to propose, as the end of a sentence; empty where none is near."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(words), 1)
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
