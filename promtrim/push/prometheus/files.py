"""Which files a push writes: reduced texts under the names that the rules have, and a look at what is there now."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec

from promtrim.errors import CallError, InputError, PromtrimError
from promtrim.plan.model import Plan
from promtrim.rulefile.model import Document, Rule
from promtrim.rulefile.reading import read_text
from promtrim.rulefile.verify import fields

MAX_BYTES = 64 << 20


class Exchange(msgspec.Struct, frozen=True):
    """A file, its content before and after; None where there is none."""

    path: str
    old: bytes | None
    new: bytes | None
    back: bytes | None
    """What is put back where the push fails or is undone: the old content, or where an earlier push was stopped in the
    middle, what was there before that one."""

    @property
    def changes(self) -> bool:
        return self.old != self.new


def exchanges(plan: Plan, texts: Sequence[tuple[Document, str]], folder: str, overwrite: bool) -> list[Exchange]:
    """The files to write.

    Args:
        texts: each document of the plan and its reduced text.
        folder: the one that Prometheus reads.
        overwrite: whether rules may go that stand in the folder and that the plan does not know.

    Raises:
        CallError: there is no such folder, or a document is no plain rule file.
        InputError: a file in the folder holds rules that the plan does not know.
    """
    if not os.path.isdir(folder):
        raise CallError(f"--rules-dir {folder}: there is no such folder")
    if os.path.lexists(os.path.join(folder, "..data")):
        raise CallError(f"--rules-dir {folder} is a mounted ConfigMap, which only its cluster changes: use push kubernetes")
    wanted = [(document, text) for document, text in texts if document.container != "none"]
    for document, _ in wanted:
        if document.container != "rule-file":
            raise CallError(f"{document.file} is no plain rule file ({document.container}): use push kubernetes")
        if document.file == "-":
            raise CallError("standard input has no file name, name the rule files")
    paths = _targets([document.file for document, _ in wanted], folder)
    found = []
    for (document, text), path in zip(wanted, paths, strict=True):
        old = content(path)
        if old is not None and not overwrite:
            _refuse_unknown(old, path, document, plan)
        new = (b"\xef\xbb\xbf" if document.bom else b"") + text.encode()
        found.append(Exchange(path, old, new, old))
    return found


def _targets(files: Sequence[str], folder: str) -> list[str]:
    """Each file's place in the folder: where it stands already, else by its path below what all have in common."""
    here = os.path.realpath(folder)
    inside = [os.path.realpath(file) for file in files]
    if all(os.path.commonpath([here, path]) == here for path in inside):
        return inside
    common = os.path.commonpath([os.path.dirname(path) for path in inside])
    return [os.path.join(here, os.path.relpath(path, common)) for path in inside]


def content(path: str) -> bytes | None:
    """What a file holds; None where there is none.

    Raises:
        InputError: it cannot be read, or is no regular file.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}), check its permissions", path) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MiB: this is no rule file", path)
    return data


def rules_in(data: bytes | None, path: str) -> tuple[Rule, ...]:
    """The rules of a file's content.

    Raises:
        InputError, ErrorGroup: it is no rule file.
    """
    if data is None:
        return ()
    try:
        return read_text(data.decode("utf-8"), path).rules
    except UnicodeDecodeError:
        raise InputError("no UTF-8 text: this is no rule file", path) from None


def _refuse_unknown(old: bytes, path: str, document: Document, plan: Plan) -> None:
    """A file there that holds other rules than the plan was made of would lose them."""
    try:
        there = rules_in(old, path)
    except PromtrimError as error:
        raise InputError("cannot be read as a rule file, --overwrite replaces it all the same", path) from error
    known = {(*fields(rule)[:2], " ".join(rule.expr.split())) for rule in document.rules}
    for rule in there:
        if (rule.alert, rule.record, " ".join(rule.expr.split())) not in known:
            message = f"{rule.name} stands here and not in {document.file}: it would be lost; --overwrite means it"
            raise InputError(message, path, rule.line, rule.column)
