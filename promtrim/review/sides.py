"""What the two words of a comparison mean: a file, a folder, a revision, or the working tree. Reading them is for
:mod:`promtrim.review.reading`."""

from __future__ import annotations

import os
from typing import Literal

import msgspec

from promtrim.errors import CallError
from promtrim.review import git
from promtrim.review.repository import below, root_of


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
