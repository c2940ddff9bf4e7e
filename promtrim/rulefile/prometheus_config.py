"""Finds the rule files that a ``prometheus.yml`` names, also where its paths exist only in a container.

What else a Prometheus configuration says is for the topology's readers.
"""

from __future__ import annotations

import glob
import os

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.yamltext import Lines, Node, Scalar, Sequence, get, is_null, resolve


class Followed(msgspec.Struct, frozen=True):
    """A rule file that a configuration leads to."""

    path: str
    sure: bool
    """False where a pattern was looked for beside the configuration, so that other files may match it as well."""
    problem: Problem | None


def follow(config: Node, text: str, file: str, root: str | None) -> tuple[list[Followed], list[Problem]]:
    """The files of ``rule_files``, in order, and what is to be said about those that are not there.

    Args:
        config: the configuration's root.
        file: its path; relative patterns are relative to its folder, as for Prometheus.
        root: folder that stands for the container's ``/``.

    Raises:
        InputError: ``rule_files`` is no list of paths, or none of them leads anywhere.
    """
    lines = Lines(text)
    listed = get(config, "rule_files")
    if listed is None or is_null(listed):
        return [], [Problem("no-rule-files", "this prometheus.yml names no rule_files: it loads no rules", file, 1, 1)]
    place = lines.position(listed.start)
    if not isinstance(listed, Sequence):
        raise InputError("rule_files must be a list of paths", file, place.line, place.column)
    found: list[Followed] = []
    missing: list[Problem] = []
    for each in listed.content:
        scalar = resolve(each)
        at = lines.position(each.start)
        if not isinstance(scalar, Scalar):
            raise InputError("rule_files must be a list of paths", file, at.line, at.column)
        paths = find_files(scalar.value, file, root)
        if paths:
            found += [
                Followed(path, sure, Problem("rule-file-elsewhere", said, path, 1, 1) if said else None)
                for path, sure, said in paths
            ]
        else:
            said = f"rule file {scalar.value} is not here: give --root DIR, the folder that stands for the container's /"
            missing.append(Problem("rule-file-missing", said, file, at.line, at.column))
    if missing and not found:
        raise InputError(missing[0].text, file, missing[0].line, missing[0].column)
    return found, missing


def find_files(pattern: str, file: str, root: str | None) -> list[tuple[str, bool, str]]:
    """Paths that match, each with whether it is sure, and what to say where it is not the path asked for."""
    folder = os.path.dirname(file)
    if here := _glob(os.path.join(folder, pattern), file):
        return [(path, True, "") for path in here]
    bare = pattern.lstrip("/")
    if root is not None and (below := _glob(os.path.join(root, bare), file)):
        return [(path, True, f"{pattern} is not on this machine: read {path} below --root instead") for path in below]
    parts = os.path.normpath(bare).split("/")
    for count in range(1, len(parts) + 1):  # beside the configuration; then the folders that the pattern names
        tail = os.path.join(*parts[-count:])
        if beside := _glob(os.path.join(folder, tail), file):
            return [
                (path, not glob.has_magic(tail), f"{pattern} is not on this machine: read {path} instead")
                for path in beside
            ]
    return []


def _glob(pattern: str, config: str) -> list[str]:
    """Files that match a pattern, sorted; never the configuration itself."""
    own = os.path.realpath(config)
    try:
        paths = sorted(glob.glob(pattern))
    except ValueError:  # a zero byte
        return []
    return [path for path in paths if os.path.isfile(path) and os.path.realpath(path) != own]
