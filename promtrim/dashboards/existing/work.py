"""Trims files of dashboards: asks the evaluator, carries out what is decided, reads the result again.

The one module here that knows the order of the others.
"""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from promtrim.dashboards.existing.files import Dashboard, DashboardFile, put_back
from promtrim.dashboards.existing.jsontext import JsonText, Path
from promtrim.dashboards.existing.model import View
from promtrim.dashboards.existing.queries import subject, tree_of
from promtrim.dashboards.existing.trim import Asked, Nothing, Removed, Trimming, Unread, trim, without
from promtrim.errors import InputError, PromtrimError
from promtrim.evaluate.context import Record
from promtrim.evaluate.presence import nothing
from promtrim.evaluate.verdict import Judge, smallest
from promtrim.knowledge.facts import Metrics
from promtrim.promql.parse import ExpressionError
from promtrim.rulefile.edits import Edit, apply_edits
from promtrim.rulefile.model import Problem
from promtrim.topology.model import Topology
from promtrim.yamltext import Position


class TrimmedDashboard(msgspec.Struct, frozen=True):
    """One dashboard, and what goes from it."""

    name: str
    """The key that holds it in a ConfigMap or values, else ""."""
    view: View
    trimming: Trimming
    places: tuple[Position, ...]
    """Where in the file each removed thing stood, in the order of ``trimming.removed``."""


class TrimmedFile(msgspec.Struct, frozen=True):
    """A file after trimming."""

    file: str
    text: str
    bom: bool
    changed: bool
    dashboards: tuple[TrimmedDashboard, ...]


class TrimmedDashboards(msgspec.Struct, frozen=True):
    """All that was trimmed, and where it was thought to run."""

    topology: Topology
    files: tuple[TrimmedFile, ...]
    problems: tuple[Problem, ...] = ()


class Asker:
    """Asks the evaluator of queries, of each text once.

    Args:
        metrics: the facts of the topology.
        records: recording rules by name.
    """

    def __init__(self, metrics: Metrics, records: Mapping[str, tuple[Record, ...]]) -> None:
        self._judge = Judge(metrics, records)
        self._known: dict[str, Asked] = {}

    def __call__(self, text: str, perhaps: bool) -> Asked:
        """Why a query can return nothing; None where it can, or nobody can tell.

        Args:
            perhaps: whether it may be in another language, and is if it cannot be read.
        """
        if text not in self._known:
            self._known[text] = self._ask(text)
        answer = self._known[text]
        return None if perhaps and isinstance(answer, Unread) else answer

    def _ask(self, text: str) -> Asked:
        try:
            conclusion = nothing(self._judge, tree_of(text))
        except ExpressionError as error:
            return Unread(error.message)
        except RecursionError:
            return Unread("it is nested too deeply")
        if conclusion is None:
            return None
        note = smallest(conclusion.note)
        source = note.because.source if note is not None and note.because is not None else ""
        because = conclusion.because or "its parts exclude each other"
        return Nothing(conclusion.cause or "topology", because, source, subject(note.node) if note is not None else "")


def trim_files(files: Sequence[DashboardFile], ask: Asker) -> list[TrimmedFile]:
    """Trim all dashboards of all files.

    Raises:
        InputError: a dashboard cannot be cut exactly; nothing is lost.
    """
    return [_trim_file(file, ask) for file in files]


def _trim_file(file: DashboardFile, ask: Asker) -> TrimmedFile:
    done = []
    changes: list[tuple[Dashboard, list[Edit]]] = []
    for dashboard in file.dashboards:
        view = dashboard.view()
        trimming = trim(view, dashboard.value, dashboard.base, ask)
        if trimming.removed:
            changes.append((dashboard, _edits(dashboard, trimming)))
        places = tuple(dashboard.position(each.path) for each in trimming.removed)
        done.append(TrimmedDashboard(dashboard.name, view, trimming, places))
    source = file.source
    text = put_back(file, changes) if changes else source.text
    return TrimmedFile(source.file, text, source.bom, text != source.text, tuple(done))


def _edits(dashboard: Dashboard, trimming: Trimming) -> list[Edit]:
    """The changes to a dashboard's JSON, made sure of by reading the result again."""
    numbers = {path: number for path, number in trimming.numbers.items() if _there(dashboard.json.value, path)}
    edits = dashboard.json.edits(trimming.gone, numbers)
    expected = _with_numbers(without(dashboard.json.value, (), set(trimming.gone)), numbers, set(trimming.gone))
    try:
        now = JsonText(apply_edits(dashboard.json.text, edits), dashboard.source.file).value
    except PromtrimError as error:
        now = error
    if isinstance(now, PromtrimError) or json.dumps(now) != json.dumps(expected):
        raise InputError("cannot be cut exactly, please report it with this file; nothing is lost", dashboard.source.file)
    return edits


def _there(value: Any, path: Path) -> bool:
    for step in path[:-1]:
        value = value[step]
    return path[-1] in value


def _with_numbers(after: Any, numbers: Mapping[Path, int], gone: set[Path]) -> Any:
    """The value after the cut with its numbers set: their paths are those of before the cut."""
    indices: dict[Path, list[int]] = {}
    for path in gone:
        if isinstance(path[-1], int):
            insort(indices.setdefault(path[:-1], []), path[-1])
    for path, number in numbers.items():
        value = after
        for depth, step in enumerate(path[:-1]):
            value = value[step - bisect_left(indices.get(path[:depth], ()), step) if isinstance(step, int) else step]
        value[path[-1]] = number
    return after


__all__ = ["Asker", "Removed", "TrimmedDashboard", "TrimmedDashboards", "TrimmedFile", "trim_files"]
