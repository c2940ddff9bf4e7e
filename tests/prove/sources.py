"""Where cases come from: rule files with their topologies, and labels that say which alerts can fire."""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from promtrim.errors import ErrorGroup, InputError
from promtrim.evaluate.context import Record
from promtrim.knowledge.index import shipped
from promtrim.path.ground import survey
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Selector
from promtrim.promql.walk import walk
from promtrim.rulefile.model import Rule
from promtrim.rulefile.reading import read
from promtrim.topology.load import DEFAULT_PRESET, load
from promtrim.topology.model import Topology
from tests.prove.model import Case

Records = dict[str, tuple[Record, ...]]
COMPOSE = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")


def cases_of(path: Path) -> Iterator[Case]:
    """The alerts below a path, in the topology that belongs to it: a ``topology.yml`` beside the rules; for each stack in a
    folder of its own what is read off its files, and a preset; else the default preset."""
    if path.is_dir() and path.name == "wild":
        for stack in sorted(path.iterdir()):
            if stack.is_dir():
                yield from _read(stack, survey(str(stack), shipped().heads).detection.topology)
                yield from _read(stack, _of_stack(stack))
        return
    beside = (path if path.is_dir() else path.parent) / "topology.yml"
    topology = load(str(beside), shipped().presets) if beside.is_file() else _preset(DEFAULT_PRESET)
    yield from _read(path, topology, _live(path))


def _preset(name: str) -> Topology:
    return load(name, shipped().presets)


def _of_stack(folder: Path) -> Topology:
    compose = any(file.name in COMPOSE for file in folder.rglob("*.y*ml"))
    return _preset("docker-compose" if compose else DEFAULT_PRESET)


def _read(path: Path, topology: Topology, live: frozenset[tuple[str, str, str]] = frozenset()) -> Iterator[Case]:
    rules: list[Rule] = []
    try:
        rules = [rule for document in read((str(path),)) for rule in document.rules if rule.loaded]
    except (InputError, ErrorGroup):
        for single in sorted(path.rglob("*.y*ml")) if path.is_dir() else ():
            try:
                rules += [rule for document in read((str(single),)) for rule in document.rules if rule.loaded]
            except (InputError, ErrorGroup):
                continue
    records = records_of(rules)
    for rule in rules:
        if rule.alert is None:
            continue
        try:
            node = parse(rule.expr)
        except ExpressionError:
            continue
        if any(isinstance(each, Selector) and each.alternatives for each in walk(node)):
            continue  # no syntax of Prometheus
        file = os.path.relpath(rule.file, path) if path.is_dir() else Path(rule.file).name
        yield Case(
            f"{path.name}/{file}:{rule.line} {rule.alert}", rule.expr, node, rule.for_, topology, records,
            (file, rule.alert, _digest(rule.expr)) in live,
        )  # fmt: skip


def records_of(rules: Iterable[Rule]) -> Records:
    """Recording rules by name; a name with one that cannot be read may be anything and is left out."""
    found: dict[str, list[Record]] = {}
    unreadable: set[str] = set()
    for rule in rules:
        if rule.record is None:
            continue
        try:
            found.setdefault(rule.record, []).append(Record(parse(rule.expr), rule.labels))
        except ExpressionError:
            unreadable.add(rule.record)
    return {name: tuple(records) for name, records in found.items() if name not in unreadable}


def _digest(expr: str) -> str:
    return hashlib.sha256(re.sub(r"\s+", " ", expr).strip().encode()).hexdigest()[:12]


def _live(path: Path) -> frozenset[tuple[str, str, str]]:
    """The alerts that ``labels.tsv`` beside the rules calls live."""
    labels = path / "labels.tsv"
    if not labels.is_file():
        return frozenset()
    with labels.open(encoding="utf-8") as handle:
        rows = csv.DictReader(handle, delimiter="\t")
        return frozenset((r["file"], r["alert"], r["expr_sha256_12"]) for r in rows if r["topology"] == "live")
