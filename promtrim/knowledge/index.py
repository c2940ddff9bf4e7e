"""Finds the compiled index and answers by metric name. What a name means in a topology is for ``facts``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from promtrim.knowledge.model import Entry, Index, Metric
from promtrim.knowledge.stored import decode, encode

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILED = os.path.join(HERE, "rulesets.idx")
SOURCES = os.path.join(os.path.dirname(os.path.dirname(HERE)), "rulesets")

_metric = msgspec.msgpack.Decoder(Metric)


@lru_cache(maxsize=1)
def shipped() -> Index:
    """The index of the shipped rulesets. In a source tree it is compiled anew when a ruleset is newer,
    or when another version of promtrim wrote it."""
    if not _stale():
        with open(COMPILED, "rb") as handle:
            try:
                return decode(handle.read())
            except msgspec.DecodeError:
                if not os.path.isdir(SOURCES):
                    raise  # a broken installation
    from pathlib import Path  # with what it imports in turn, a tenth of a start-up

    from promtrim.knowledge.compile import compile_folder

    index = compile_folder(Path(SOURCES))
    _keep(encode(index))
    return index


def _stale() -> bool:
    try:
        compiled = os.stat(COMPILED).st_mtime_ns
    except FileNotFoundError:
        return True
    for folder in (SOURCES, *(os.path.join(SOURCES, name) for name in ("presets", "baselines", "inference"))):
        try:
            with os.scandir(folder) as entries:
                if any(entry.stat().st_mtime_ns > compiled for entry in entries):
                    return True
        except FileNotFoundError:
            continue
    return False


def _keep(encoded: bytes) -> None:
    """Write the index beside this module, if that folder is ours to write."""
    temporary = f"{COMPILED}.{os.getpid()}"
    try:
        with open(temporary, "wb") as handle:
            handle.write(encoded)
        os.replace(temporary, COMPILED)
    except OSError:
        return


def with_rulesets(index: Index, paths: Sequence[str]) -> Index:
    """The index with a team's own rulesets added; the given one stays as it is.

    What an own ruleset says of a name counts instead of what the shipped ones say, and one with the name of a shipped one
    replaces it. Of the patterns that fit, the longest counts, whoever wrote it.

    Args:
        paths: ruleset files, or folders of them.

    Raises:
        ErrorGroup: one InputError, with file and line, for each thing that ``promtrim rules check`` would find.
    """
    if not paths:
        return index
    from promtrim.knowledge.own import add

    return add(index, paths)


class Known(msgspec.Struct, frozen=True, gc=False):
    """What one ruleset says of one series name."""

    ruleset: str
    name: str
    part: str
    metric: Metric


def lookup(index: Index, name: str) -> tuple[Known, ...]:
    """What the rulesets say of a series name: exact names, else the longest pattern; empty where nothing is known."""
    entries = index.exact.get(name)
    if entries is None:
        best = max(fitting(index, name), key=lambda found: len(found[0]), default=None)
        entries = [best[1]] if best else []
    return tuple(_known(entry) for entry in entries)


def fitting(index: Index, name: str) -> Iterator[tuple[str, Entry]]:
    """The patterns that a name fits, of whichever ruleset."""
    for end in range(len(name) + 1):
        for pattern, entry in index.patterns.get(name[:end], ()):
            if fits(pattern, name):
                yield pattern, entry


def fits(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern. A colon marks a recording rule, which is no exporter's."""
    if ":" in name and ":" not in pattern:
        return False
    first, *inner, last = pattern.split("*")
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    place, end = len(first), len(name) - len(last)
    for piece in inner:
        place = name.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


def _known(entry: Entry) -> Known:
    return Known(entry.ruleset, entry.metric, entry.part, _metric.decode(entry.encoded))
