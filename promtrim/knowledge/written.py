"""Rulesets as somebody wrote them: with their file and the line of each metric, for checking and showing.

The evaluator asks the compiled index and needs none of this. What is wrong with a ruleset is for ``check``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from promtrim.errors import ErrorGroup, InputError, PromtrimError
from promtrim.knowledge.model import Entry, Index, Metric, Ruleset

MAX_BYTES = 4 << 20


class Written(msgspec.Struct, frozen=True):
    """One ruleset and where it stands."""

    file: str
    ruleset: Ruleset
    lines: dict[str, int] = {}
    """Metric to the line of its key; empty where only the index is there."""

    def line(self, metric: str) -> int:
        return self.lines.get(metric, 0)


def read_written(path: str) -> Written:
    """Read one ruleset file.

    Raises:
        InputError, ErrorGroup: it cannot be read, or is not of the shape of ``schema/ruleset.schema.json``.
    """
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES >> 20} MiB, this is no ruleset", path)
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
    except FileNotFoundError:
        raise InputError("there is no such ruleset file, check its path", path) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text, write the ruleset in UTF-8", path) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}), look at its path and permissions", path) from None
    return parse_written(text, path)


def parse_written(text: str, file: str) -> Written:
    """One ruleset from YAML text; its name must be the file's without ``.yml``.

    Raises:
        InputError, ErrorGroup: as :func:`read_written`.
    """
    from promtrim.yamltext.located import YamlMap, read_one

    document: Any = read_one(text, file)
    try:
        ruleset: Ruleset = msgspec.convert(document, Ruleset, strict=True)
    except msgspec.ValidationError as error:
        from promtrim.shape import refuse

        raise refuse(document, "ruleset", file, f"this is no ruleset: {error}") from None
    assert isinstance(document, YamlMap)
    if Path(file).stem != ruleset.ruleset:
        place = document.at("ruleset")
        raise InputError(
            f"ruleset {ruleset.ruleset!r} must stand in a file {ruleset.ruleset}.yml", file, place.line, place.column
        )
    metrics = document.get("metrics")
    places = metrics.places if isinstance(metrics, YamlMap) else {}
    return Written(file, ruleset, {name: place.line for name, place in places.items()})


def read_all_written(paths: Iterable[str]) -> list[Written]:
    """Read ruleset files; of a folder all ``*.yml`` in it.

    Raises:
        ErrorGroup: every mistake in every file.
    """
    found: list[Written] = []
    errors: list[PromtrimError] = []
    for path in paths:
        files = [path]
        if os.path.isdir(path):
            files = [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".yml")]
        for file in files:
            try:
                found.append(read_written(file))
            except ErrorGroup as group:
                errors += group.errors
            except PromtrimError as error:
                errors.append(error)
    if errors:
        raise ErrorGroup(errors)
    return found


def of_index(index: Index) -> list[Written]:
    """The rulesets that an index was compiled from, by name; for where their files are not there."""
    decoder = msgspec.msgpack.Decoder(Metric)
    metrics: dict[str, dict[str, Metric]] = {name: {} for name in index.heads}
    entries: list[Entry] = [entry for each in index.exact.values() for entry in each]
    for entry in (*entries, *(entry for each in index.patterns.values() for _, entry in each)):
        if entry.metric not in metrics[entry.ruleset]:
            metrics[entry.ruleset][entry.metric] = decoder.decode(entry.encoded)
    return [
        Written(f"{name}.yml", msgspec.structs.replace(head, metrics=metrics[name]))
        for name, head in sorted(index.heads.items())
    ]


def shipped_written() -> list[Written]:
    """The shipped rulesets: from the source tree where there is one, else from the compiled index."""
    from promtrim.knowledge.index import SOURCES, shipped

    if os.path.isdir(SOURCES):
        return read_all_written([os.path.relpath(SOURCES) if _near(SOURCES) else SOURCES])
    return of_index(shipped())


def _near(folder: str) -> bool:
    """Whether a path relative to the working directory is the shorter name."""
    return os.path.commonpath([folder, os.getcwd()]) == os.getcwd()
