"""The index as bytes: names stand on shelves, and a shelf is decoded when somebody asks for a name on it.

A run asks for a few dozen of thousands of names; to read the others would take a tenth of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from promtrim.knowledge.model import Entry, Index, Ruleset, Word

Value = TypeVar("Value")


def shelf_of(name: str) -> str:
    """The shelf of a name, or of the beginning of one: what stands before its first underscore."""
    return name.partition("_")[0]


class Shelves(Mapping[str, Value]):
    """A mapping by name whose values are decoded shelf by shelf."""

    def __init__(self, encoded: dict[str, bytes], decoder: msgspec.msgpack.Decoder[dict[str, Value]]) -> None:
        self._encoded = encoded
        self._decoder = decoder
        self._open: dict[str, dict[str, Value]] = {}

    def shelf(self, word: str) -> dict[str, Value]:
        """All names of one shelf; empty where there is none."""
        found = self._open.get(word)
        if found is None:
            encoded = self._encoded.get(word)
            found = self._open[word] = self._decoder.decode(encoded) if encoded else {}
        return found

    def __getitem__(self, name: str) -> Value:
        return self.shelf(shelf_of(name))[name]

    def __iter__(self) -> Iterator[str]:
        for word in self._encoded:
            yield from self.shelf(word)

    def __len__(self) -> int:
        return sum(len(self.shelf(word)) for word in self._encoded)


class _Stored(msgspec.Struct):
    heads: dict[str, Ruleset]
    exact: dict[str, bytes]
    patterns: dict[str, bytes]
    records: dict[str, str]
    words: tuple[Word, ...]
    presets: dict[str, str]
    baselines: dict[str, str]


def encode(index: Index) -> bytes:
    """The index as MessagePack."""
    return msgspec.msgpack.encode(
        _Stored(
            index.heads, _shelved(index.exact), _shelved(index.patterns), index.records, index.words, index.presets,
            index.baselines,
        )
    )  # fmt: skip


def decode(data: bytes) -> Index:
    """The index that :func:`encode` wrote.

    Raises:
        msgspec.DecodeError: the bytes are of another version of promtrim, or no index.
    """
    stored = msgspec.msgpack.decode(data, type=_Stored)
    return Index(
        heads=stored.heads,
        exact=Shelves(stored.exact, msgspec.msgpack.Decoder(dict[str, list[Entry]])),
        patterns=Shelves(stored.patterns, msgspec.msgpack.Decoder(dict[str, list[tuple[str, Entry]]])),
        records=stored.records,
        words=stored.words,
        presets=stored.presets,
        baselines=stored.baselines,
    )


def on_shelf(names: Mapping[str, Value], word: str) -> Mapping[str, Value]:
    """Those of an index's names that stand on one shelf."""
    if isinstance(names, Shelves):
        return names.shelf(word)
    return {name: value for name, value in names.items() if shelf_of(name) == word}


def _shelved(names: Mapping[str, Value]) -> dict[str, bytes]:
    shelves: dict[str, dict[str, Value]] = {}
    for name, value in names.items():
        shelves.setdefault(shelf_of(name), {})[name] = value
    return {word: msgspec.msgpack.encode(names) for word, names in shelves.items()}
