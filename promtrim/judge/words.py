"""The vocabulary for metrics that no ruleset knows: words in names and texts to failure mode and tier.

The words are data (``rulesets/inference/words.yml``); here is how they are matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from promtrim.knowledge.model import Word


class Words:
    """All words, the most telling entry first; found by the words of a name, not by trying every entry."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = tuple(words)
        self._whole: dict[str, list[int]] = {}
        self._beginnings: list[tuple[str, int]] = []
        self._phrases: list[tuple[str, int]] = []
        for rank, entry in enumerate(self.words):
            for word in entry.words:
                if word.endswith("*"):
                    self._beginnings.append((f" {word[:-1]}", rank))
                elif " " in word:
                    self._phrases.append((f" {word} ", rank))
                else:
                    self._whole.setdefault(word, []).append(rank)

    def best(self, candidates: Iterable[str], shape: str) -> Word | None:
        """The first entry that fits the first of some texts that any entry fits."""
        for candidate in candidates:
            fitting = (rank for rank in self._ranks(candidate) if _for_shape(self.words[rank], shape))
            rank = min(fitting, default=None)
            if rank is not None:
                return self.words[rank]
        return None

    def _ranks(self, text: str) -> Iterator[int]:
        """The entries one of whose words (whole, a beginning, a phrase) is in the text."""
        parts = _parts(text)
        for part in parts.split():
            yield from self._whole.get(part, ())
        for beginning, rank in self._beginnings:
            if beginning in parts:
                yield rank
        for phrase, rank in self._phrases:
            if phrase in parts:
                yield rank


def _for_shape(word: Word, shape: str) -> bool:
    return not word.shapes or shape in word.shapes or (shape == "zero" and "value" in word.shapes)


@lru_cache(maxsize=8192)
def _parts(text: str) -> str:
    """The text as lower-case words between spaces: snake_case, camelCase and prose alike."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " " + " ".join(re.findall(r"[a-z0-9]+", spaced.lower())) + " "
