"""The vocabulary for metrics that no ruleset knows: words in names and texts to failure mode and tier.

The words are data (``rulesets/inference/words.yml``); here is how they are matched.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from promtrim.knowledge.model import Word


class Words(msgspec.Struct, frozen=True):
    """All words, the most telling first."""

    words: tuple[Word, ...] = ()

    def best(self, metric: str, shape: str, text: str) -> Word | None:
        """The first entry that fits the metric's name, else the alert's own text."""
        for candidate in (metric, text):
            parts = _parts(candidate)
            for word in self.words:
                if _for_shape(word, shape) and any(_found(each, parts) for each in word.words):
                    return word
        return None


def _for_shape(word: Word, shape: str) -> bool:
    return not word.shapes or shape in word.shapes or (shape == "zero" and "value" in word.shapes)


@lru_cache(maxsize=8192)
def _parts(text: str) -> str:
    """The text as lower-case words between spaces: snake_case, camelCase and prose alike."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " " + " ".join(re.findall(r"[a-z0-9]+", spaced.lower())) + " "


def _found(word: str, parts: str) -> bool:
    """A word, a beginning (``fail*``) or a phrase."""
    if word.endswith("*"):
        return f" {word[:-1]}" in parts
    return f" {word} " in parts
