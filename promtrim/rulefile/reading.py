"""Text, files, folders and globs to documents. The only place of this room that opens rule files."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable

from promtrim.errors import ErrorGroup, InputError, PromtrimError
from promtrim.rulefile.containers import is_prometheus_config, read_document
from promtrim.rulefile.directives import attach_directives
from promtrim.rulefile.groups import Sink
from promtrim.rulefile.layout import Layout, Space, UnitKey
from promtrim.rulefile.model import Container, Document, Problem
from promtrim.rulefile.prometheus_config import follow
from promtrim.yamltext import DEFAULT_MAX_BYTES, Node, Source, compose, decode, read_source

STANDARD_INPUT = "-"
_EXTENSIONS = (".yml", ".yaml", ".rules", ".rule")
_SIGNS = re.compile(rb"groups[\"']?\s*:"), re.compile(rb"(?:expr|alert|record)[\"']?\s*:")


def read_text(text: str, file: str, first_id: int = 0, *, logql: frozenset[UnitKey] | None = None) -> Document:
    """Read one text.

    Args:
        text: decoded; a byte order mark at its head is noted.
        file: the name for rules, problems and errors.
        first_id: id of its first rule; the others follow.
        logql: the lists of groups that are for Loki, where that is known already; None finds out.

    Raises:
        ErrorGroup: every mistake in it, as InputError with file, line, column and what to do.
    """
    bom = text.startswith("\ufeff")
    source = Source(file, text[1:] if bom else text, bom)
    try:
        return _document(source, compose(source.text, file), first_id, logql)
    except InputError as error:
        raise ErrorGroup([error]) from None


def read(
    paths: Iterable[str | os.PathLike[str]],
    *,
    root: str | os.PathLike[str] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    stdin: bytes | str | None = None,
    lenient: bool = False,
) -> list[Document]:
    """Read rule files, in the order given; each file once.

    Args:
        paths: files, folders (searched for rule files below them), globs, ``-`` for standard input; of a
            ``prometheus.yml`` the rule files are read, and the configuration itself comes before them as a document
            of container ``none``, with what is to be said about it.
        root: folder that stands for ``/`` in a container's ``rule_files``.
        max_bytes: largest file to read.
        stdin: what ``-`` means; None reads it from the process.
        lenient: a file that was only found below a folder and cannot be read is a document without rules whose problem
            says why; for who looks and writes nothing.

    Raises:
        ErrorGroup: every mistake in every file; a file that was named, is not empty and holds no rules.
    """
    reading = _Reading(None if root is None else os.fspath(root), max_bytes, stdin, lenient)
    for path in paths:
        reading.path(os.fspath(path))
    if reading.errors:
        raise ErrorGroup(reading.errors)
    return reading.documents


class _Reading:
    """One call of :func:`read`."""

    def __init__(self, root: str | None, max_bytes: int, stdin: bytes | str | None, lenient: bool) -> None:
        self._lenient = lenient
        self._root = root
        self._max_bytes = max_bytes
        self._stdin = stdin
        self._seen: set[str] = set()
        self._next_id = 0
        self.documents: list[Document] = []
        self.errors: list[PromtrimError] = []

    def path(self, path: str) -> None:
        if path == STANDARD_INPUT:
            self._standard_input()
        elif not path:
            self.errors.append(InputError("an empty path: name a file or a folder", "''"))
        elif os.path.isdir(path):
            self._folder(path)
        elif not os.path.lexists(path) and glob.has_magic(path):
            matches = sorted(glob.glob(path, recursive=True))
            if not matches:
                self.errors.append(InputError("no file matches: check the pattern", path))
            before = len(self.documents) + len(self.errors)
            for each in matches:
                self.path(each) if os.path.isdir(each) else self._file(each, asked=False)
            if matches and len(self.documents) + len(self.errors) == before and not any(map(self._was_seen, matches)):
                self.errors.append(InputError("none of the files that match holds rules: check the pattern", path))
        else:
            self._file(path)

    def _standard_input(self) -> None:
        if STANDARD_INPUT in self._seen:
            return
        self._seen.add(STANDARD_INPUT)
        data = sys.stdin.buffer.read(self._max_bytes + 1) if self._stdin is None else self._stdin
        try:
            if isinstance(data, str):
                data = data.encode("utf-8", "surrogatepass")
            source = decode(data, STANDARD_INPUT, self._max_bytes)
            roots = compose(source.text, STANDARD_INPUT)
            document = _document(source, roots, self._next_id)
            if document.container == "none":
                self._without_rules(document, roots)
            else:
                self._add(document)
        except PromtrimError as error:
            self._note(error)

    def _folder(self, folder: str) -> None:
        """Files below a folder that show signs of rules; others there are none of our business."""
        before = len(self.documents) + len(self.errors)
        for path in _files_below(folder):
            if _has_signs(path, self._max_bytes):
                self._file(path, asked=False)
        if len(self.documents) + len(self.errors) == before and not self._seen_below(folder):
            self.errors.append(InputError("holds no rule files: name a folder or file that does", folder))

    def _was_seen(self, path: str) -> bool:
        return os.path.realpath(path) in self._seen and any(each.file == path for each in self.documents)

    def _seen_below(self, folder: str) -> bool:
        real = os.path.join(os.path.realpath(folder), "")
        return any(path.startswith(real) for path in self._seen)

    def _file(self, path: str, asked: bool = True, followed_from: str | None = None) -> Document | None:
        """Read one file; None where it was read before, holds no rules and was not asked for, or is wrong."""
        real = os.path.realpath(path)
        if real in self._seen:
            return None
        self._seen.add(real)
        try:
            source = read_source(path, self._max_bytes)
            roots = compose(source.text, path)
            document = _document(source, roots, self._next_id)
            if asked and followed_from is None and document.container == "none":
                self._without_rules(document, roots)
            elif asked or document.container not in ("none", "logql"):
                document.followed_from = followed_from
                self._add(document)
                return document
        except PromtrimError as error:
            if asked or not self._lenient:
                self._note(error)
            else:
                self._add(_unread(path, error))
        return None

    def _without_rules(self, document: Document, roots: list[Node | None]) -> None:
        """A file that was asked for and holds no groups: a configuration to follow, or something to wonder at."""
        config = next((each for each in roots if each is not None and is_prometheus_config(each)), None)
        if config is None:
            if any(each is not None for each in roots):
                text = "holds no rule groups: name a file that does, or its folder, where files without rules are skipped"
                self.errors.append(InputError(text, document.file, 1, 1))
            else:
                self._add(document)
            return
        followed, missing = follow(config, document.text, document.file, self._root)
        document.problems += tuple(missing)
        self._add(document)
        for each in followed:
            rules = self._file(each.path, asked=each.sure, followed_from=document.file)
            if rules is not None and each.problem is not None:
                rules.problems = (each.problem, *rules.problems)

    def _add(self, document: Document) -> None:
        self._next_id += len(document.rules)
        self.documents.append(document)

    def _note(self, error: PromtrimError) -> None:
        self.errors += error.errors if isinstance(error, ErrorGroup) else [error]


def holds_rules(path: str, max_bytes: int = DEFAULT_MAX_BYTES) -> bool:
    """Whether :func:`read` finds something to read there: any file, or a folder with files that show signs of rules."""
    return not os.path.isdir(path) or any(_has_signs(file, max_bytes) for file in _files_below(path))


def _has_signs(path: str, max_bytes: int) -> bool:
    try:
        if os.path.getsize(path) > max_bytes:
            return False
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError:
        return True  # the reader says what is wrong
    return all(sign.search(data) for sign in _SIGNS)


def _unread(path: str, error: PromtrimError) -> Document:
    """What stands for a file that cannot be read."""
    errors = error.errors if isinstance(error, ErrorGroup) else [error]
    problems = [
        Problem("unreadable", f"{each.message}; its rules are left out", each.file or path, each.line, each.column)
        for each in errors
    ]
    return Document(path, "", False, "none", (), tuple(problems))


def _files_below(folder: str) -> list[str]:
    """YAML files below a folder, hidden ones left out, sorted."""
    found: list[str] = []
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        found += [
            os.path.join(base, each) for each in sorted(files) if each.endswith(_EXTENSIONS) and not each.startswith(".")
        ]
    return [os.path.relpath(path) for path in found] if folder == os.curdir else found


def _document(source: Source, roots: list[Node | None], first_id: int, logql: frozenset[UnitKey] | None = None) -> Document:
    space = Space(source.text, source.file)
    sink = Sink(source.file, first_id, logql)
    containers: list[Container] = [
        read_document(root, index, space, sink) for index, root in enumerate(roots) if root is not None
    ]
    if not sink.errors:  # else rules are missing, and comments could be given to the wrong ones
        attach_directives(sink)
    if sink.errors:
        sink.errors.sort(key=lambda error: (error.line, error.column))
        raise ErrorGroup(list(sink.errors))
    container: Container = next((each for each in containers if each != "none"), "none")
    if not any(root is not None for root in roots):
        container = "rule-file"  # empty: Prometheus loads it and finds no rules
    if sink.units and all(unit.logql for unit in sink.units):
        container = "logql"
    layout = Layout(space, sink.units, first_id)
    return Document(source.file, source.text, source.bom, container, tuple(sink.rules), tuple(sink.problems), layout)
