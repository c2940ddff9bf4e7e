"""The two sides of a comparison: a file, a folder, a revision or the working tree, read into a plan each.

A side of a repository is read from a folder of its own (see :mod:`promtrim.review.tree`), with names below the
repository's root; files and folders are read where they are.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import msgspec

from promtrim.assemble import Request, plan_and_config
from promtrim.errors import CallError, ErrorGroup, InputError, PromtrimError
from promtrim.fence import within
from promtrim.plan.model import Plan
from promtrim.review import git, tree
from promtrim.review.fenced import fence
from promtrim.review.records import Shown, shown
from promtrim.review.repository import below, root_of
from promtrim.review.routes import Receivers, receivers
from promtrim.rulefile.model import Problem
from promtrim.topology.alertmanager_config import read_alertmanager_config
from promtrim.topology.sources import Sources
from promtrim.yamltext import read_source

if TYPE_CHECKING:
    from promtrim.config.model import Config

MOST_RETRIES = 20
"""Unreadable files of the old side that are left out one after the other."""


class Side(msgspec.Struct, frozen=True):
    """What one side is."""

    kind: Literal["path", "commit", "working-tree"]
    name: str
    """As a person calls it."""
    root: str = ""
    """The repository."""
    commit: str = ""
    path: str = ""
    """Of a file or folder."""


class Seen(msgspec.Struct, frozen=True):
    """A side that was read."""

    side: Side
    plan: Plan
    config: Config
    dashboards: tuple[Shown, ...] = ()
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
    """What is read on both sides, beside the rules; paths as a person named them."""

    request: Request
    dashboards: tuple[str, ...] = ()


def sides_of(base: str, head: str | None, from_branch: bool = False) -> tuple[Side, Side, tuple[str, ...]]:
    """What the two words of a comparison mean, and paths that they limit it to.

    A revision and a path of its repository compare that path at the revision with the working tree.

    Args:
        head: None: the working tree, or what is there now of the file or folder.
        from_branch: compare with the commit that HEAD branched off from.

    Raises:
        CallError: a word is neither a path nor a revision, or may be both.
    """
    root = root_of(".")
    first = _side(base, root)
    second = Side("working-tree", "the working tree", root or "") if head is None else _side(head, root)
    if head is None and first.kind == "path":
        raise CallError(f"{base} is a path: give HEAD as well, or a revision to compare the working tree with")
    limits: tuple[str, ...] = ()
    for one, other in ((first, second), (second, first)):
        if one.kind == "path" and other.kind == "commit":
            inside = below(one.path, other.root)
            if inside is None:
                raise CallError(f"{one.path} lies outside the repository of {other.name}: compare two paths or revisions")
            limits = (one.path,)
    if limits:
        tree_side = Side("working-tree", "the working tree", root or "")
        first, second = (tree_side if each.kind == "path" else each for each in (first, second))
    if from_branch:
        first = _branched(first, second)
    return first, second, limits


def _side(word: str, root: str | None) -> Side:
    there = os.path.exists(word)
    if root is None or (there and _is_plainly_path(word)):
        if not there:
            git.checked(word)
            raise CallError(f"there is no {word!r} here, and this is no git repository in which it could be a revision")
        return Side("path", word, path=word)
    commit = git.resolve(root, word)
    if commit is None and there:
        return Side("path", word, path=word)
    if commit is None:
        hint = ", or fetch it: this clone is shallow (actions/checkout: fetch-depth: 0)" if git.is_shallow(root) else ""
        raise CallError(f"there is no revision, file or folder {word!r} here: correct it{hint}")
    if there and not commit.startswith(word):
        # Whoever may add a folder to a repository could else choose what its changes are compared with.
        raise CallError(f"{word!r} is a revision and a path: write ./{word} for the path, refs/heads/{word} for the branch")
    return Side("commit", word, root, commit)


def _is_plainly_path(word: str) -> bool:
    """Written so that it can be no revision."""
    first = word.split("/")[0]
    return os.path.isabs(word) or word.endswith("/") or first in (os.curdir, os.pardir) or ".." in word or ":" in word


def _branched(first: Side, second: Side) -> Side:
    if first.kind != "commit" or second.kind == "path":
        raise CallError("--merge-base compares revisions: BASE is none")
    head = second.commit or git.resolve(first.root, "HEAD")
    found = git.merge_base(first.root, first.commit, head) if head else None
    if found is None:
        raise CallError(f"{first.name} and {second.name} have no commit in common here: fetch more (git fetch --unshallow)")
    return msgspec.structs.replace(first, name=f"{first.name} ({found[:12]})", commit=found)


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
            return _seen(side, request, inputs.dashboards)
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
            return msgspec.structs.replace(_seen(side, request, boards), missing=missing)


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
    if isinstance(topology, str) and (os.path.exists(topology) or not _is_preset(topology)):
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


def _seen(side: Side, request: Request, boards: Sequence[str]) -> Seen:
    request = msgspec.structs.replace(request, lenient=True)
    sources = request.sources
    configs = sources.alertmanager_config if isinstance(sources, Sources) else []
    if isinstance(sources, Sources) and not (sources.kubernetes or sources.compose or sources.prometheus_config):
        request = msgspec.structs.replace(request, sources=None)  # routes alone tell nothing of what runs
    plan, config = plan_and_config(request)
    found = [] if not configs else [read_alertmanager_config(path) for path in configs]
    return Seen(side, plan, config, tuple(_dashboards(boards, request.max_bytes)), receivers(plan, found))


def _dashboards(paths: Sequence[str], max_bytes: int) -> Iterator[Shown]:
    for path in paths:
        for file in _files(path):
            board = shown(read_source(file, max_bytes).text, file)
            if board is not None:
                yield board
            elif file == path:
                raise InputError("is no dashboard: name its JSON, or a folder of such files", file)


def _files(path: str) -> Iterator[str]:
    if os.path.isfile(path):
        yield path
    for here, folders, files in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (os.path.join(here, each) for each in sorted(files) if each.endswith(".json"))


