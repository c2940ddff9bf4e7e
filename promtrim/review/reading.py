"""A side of a comparison, read into a plan.

A side of a repository is read from a folder of its own (see :mod:`promtrim.review.tree`), with names below the
repository's root; files and folders are read where they are.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from promtrim.errors import ErrorGroup, InputError, PromtrimError
from promtrim.fence import within
from promtrim.plan.model import Plan
from promtrim.review import tree
from promtrim.review.fenced import fence
from promtrim.review.repository import below
from promtrim.review.routes import Receivers, receivers
from promtrim.review.sides import Side
from promtrim.rulefile.model import Problem
from promtrim.stack.alertmanager_config import read_alertmanager_config
from promtrim.stack.sources import Sources

if TYPE_CHECKING:
    from promtrim.assemble import Request
    from promtrim.config.model import Config
    from promtrim.dashboards.existing.files import DashboardFile
    from promtrim.knowledge.facts import Metrics

MOST_RETRIES = 20
"""Unreadable files of the old side that are left out one after the other."""


class Seen(msgspec.Struct, frozen=True):
    """A side that was read."""

    side: Side
    plan: Plan
    config: Config
    metrics: Metrics
    """What is known of metrics there."""
    dashboards: tuple[DashboardFile, ...] = ()
    receivers: Receivers = {}
    problems: tuple[Problem, ...] = ()
    missing: frozenset[str] = frozenset()
    """What was named and is not there on this side."""

    def where(self, file: str) -> str:
        """A file's path below the side: both sides call one file alike."""
        if self.side.kind != "path":
            return file
        if not os.path.isdir(self.side.path):
            return ""
        return os.path.relpath(file, self.side.path)


class Inputs(msgspec.Struct, frozen=True):
    """What is read on both sides; paths as a person named them."""

    request: Request
    plan: Callable[[Request], tuple[Plan, Config]]
    """Makes the plan of a side."""
    facts: Callable[[Plan, str | None], Metrics]
    """What is known of metrics in a plan's topology, with the rulesets of a configuration."""
    dashboards: tuple[str, ...] = ()


def read_both(first: Side, second: Side, inputs: Inputs) -> tuple[Seen, Seen]:
    """Read both sides. What cannot be read on the old side is left out and said; on the new one it is an error, unless the
    old one could not be read either.

    Raises:
        InputError, ErrorGroup: the new side cannot be read, or neither side holds rules.
    """
    before = _read_old(first, inputs)
    after = _read(second, inputs)
    broken = {each.file for each in _unread(before)}
    new = [InputError(each.text, each.file, each.line, each.column) for each in _unread(after) if each.file not in broken]
    if new:
        raise ErrorGroup([*new])
    nowhere = sorted(before.missing & after.missing)
    if nowhere:
        raise ErrorGroup([InputError("is on neither side: check the path", path) for path in nowhere])
    if not before.plan.documents and not after.plan.documents:
        raise InputError("neither side holds rule files: name them with --paths", first.root or first.path)
    return before, after


def _unread(seen: Seen) -> list[Problem]:
    """Files below folders that could not be read."""
    return [each for each in (*seen.problems, *seen.plan.problems) if each.code == "unreadable"]


def _read_old(side: Side, inputs: Inputs) -> Seen:
    broken: list[PromtrimError] = []
    for _ in range(MOST_RETRIES):
        try:
            seen = _read(side, inputs, frozenset(error.file for error in broken))
        except PromtrimError as error:
            new = [each for each in (error.errors if isinstance(error, ErrorGroup) else [error]) if each.file]
            if side.kind == "path" or not new or {each.file for each in new} <= {each.file for each in broken}:
                raise
            broken += new
            continue
        problems = tuple(
            Problem("unreadable", f"at {side.name} this file could not be read ({each.message}): all of it counts as new",
                    each.file, each.line, each.column)
            for each in broken
        )  # fmt: skip
        return msgspec.structs.replace(seen, problems=problems)
    raise broken[0]


def _read(side: Side, inputs: Inputs, without: frozenset[str] = frozenset()) -> Seen:
    if side.kind == "path":
        request = msgspec.structs.replace(inputs.request, paths=_with_rules((side.path,)))
        with fence(request, side.path, *inputs.dashboards):
            return _seen(side, request, inputs, inputs.dashboards)
    with TemporaryDirectory(prefix="promtrim-") as folder:
        named = [*inputs.request.paths, *_named(inputs)]
        inside = [path for each in named if (path := below(each, side.root)) is not None]
        if side.kind == "commit":
            tree.lay_out_commit(side.root, side.commit, folder, inputs.request.max_bytes)
        else:
            tree.lay_out_working_tree(side.root, folder, inputs.request.max_bytes, inside)
        for file in without:
            path = os.path.join(folder, file)
            if tree.safe(file) and os.path.isfile(path):
                os.unlink(path)
        request, boards, outside, missing = _as_below(inputs, side.root, folder)
        with _inside(folder), within([folder, *outside]):
            request = msgspec.structs.replace(request, paths=_with_rules(request.paths))
            return msgspec.structs.replace(_seen(side, request, inputs, boards), missing=missing)


def _named(inputs: Inputs) -> Iterator[str]:
    """Paths beside the rules that a person has named."""
    request = inputs.request
    for value in (request.config, request.topology):
        if isinstance(value, str):
            yield value
    yield from inputs.dashboards
    if isinstance(request.sources, Sources):
        sources = request.sources
        yield from (*sources.kubernetes, *sources.prometheus_config, *sources.alertmanager_config)
        yield from (file for files in sources.compose for file in files)


def _as_below(
    inputs: Inputs, root: str, folder: str
) -> tuple[Request, tuple[str, ...], list[str], frozenset[str]]:
    """The request with paths below the root as they are called there, the dashboards alike, what is named outside the
    repository, and what this side does not have: that is left out of its request.
    """
    outside: list[str] = []
    missing: set[str] = set()

    def one(path: str) -> str | None:
        inside = below(path, root)
        if inside is None:
            outside.append(path)
            return os.path.abspath(path)
        if not os.path.exists(os.path.join(folder, inside)):
            missing.add(path)
            return None
        return inside

    def all_of(paths: Sequence[str]) -> list[str]:
        return [path for each in paths if (path := one(each)) is not None]

    request = inputs.request
    sources = request.sources
    if isinstance(sources, Sources):
        sources = msgspec.structs.replace(
            sources,
            kubernetes=all_of(sources.kubernetes),
            compose=[files for each in sources.compose if (files := all_of(each))],
            prometheus_config=all_of(sources.prometheus_config),
            alertmanager_config=all_of(sources.alertmanager_config),
        )
    topology = request.topology
    if isinstance(topology, str) and not _is_preset(topology):
        topology = one(topology)
    paths = [below(each, root) or os.curdir for each in request.paths] or [os.curdir]
    config = one(request.config) if request.config else None
    request = msgspec.structs.replace(request, paths=tuple(paths), topology=topology, config=config, sources=sources)
    return request, tuple(all_of(inputs.dashboards)), outside, frozenset(missing)


def _is_preset(name: str) -> bool:
    from promtrim.knowledge.index import shipped

    return name in shipped().presets


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    """Work in a folder, so that names are those below it. Not for several threads."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _with_rules(paths: Sequence[str]) -> tuple[str, ...]:
    """Those paths that lead to rules on this side; the other side may be the only one that has them."""
    from promtrim.rulefile.reading import holds_rules

    return tuple(
        path for path in paths if (holds_rules(path) if os.path.exists(path) else glob.glob(path, recursive=True))
    )


def _seen(side: Side, request: Request, inputs: Inputs, boards: Sequence[str]) -> Seen:
    request = msgspec.structs.replace(request, lenient=True)
    sources = request.sources
    configs = sources.alertmanager_config if isinstance(sources, Sources) else []
    if isinstance(sources, Sources) and not (sources.kubernetes or sources.compose or sources.prometheus_config):
        request = msgspec.structs.replace(request, sources=None)  # routes alone tell nothing of what runs
    plan, config = inputs.plan(request)
    dashboards: tuple[DashboardFile, ...] = ()
    if boards:
        from promtrim.dashboards.existing.files import read

        dashboards = tuple(read(boards, request.max_bytes))
    return Seen(
        side,
        plan,
        config,
        inputs.facts(plan, config.file or None),
        dashboards,
        receivers(plan, [read_alertmanager_config(path) for path in configs]),
    )
