"""Which rules are evaluated by one Prometheus: only there may one alert yield to another.

Files that a person names together, or that one configuration leads to, are taken to be in one server: that is what naming
them means. Of files that were only found below a folder it is not known; those of one folder are taken to be together,
unless one is by and large a copy of another (for another environment, say).
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence

from promtrim.judge.rule import Opinion
from promtrim.plan.redundancy import same_alert
from promtrim.rulefile.model import Document, Problem, Rule

COPIED = 5
"""So many equal alerts, and half of a file's, make it a copy rather than a slip."""
MOST_NAMES = 5


class Servers:
    """Answers for each rule with whom it is in one server.

    Args:
        documents: all that was read.
        named: the paths that a person named.
        opinions: of all rules.
        loaded: rule id to the servers that certainly load it, as far as that is known.
        broken: rule id to why nothing loads it, of rules that certainly nothing loads.
    """

    def __init__(
        self, documents: Sequence[Document], named: Iterable[str], opinions: Sequence[Opinion],
        loaded: Mapping[int, frozenset[str]] | None = None, broken: Mapping[int, str] | None = None,
    ) -> None:  # fmt: skip
        self._loaded = loaded or {}
        self._broken = broken or {}
        configs = {document.followed_from for document in documents if document.followed_from}
        named = {*named, "-"}
        self._of_file: dict[str, Hashable] = {}
        folders: dict[str, list[str]] = {}
        for document in documents:
            file = document.file
            if document.followed_from and len(configs) > 1:
                self._of_file[file] = ("config", document.followed_from)
            elif document.followed_from or file in named:
                self._of_file[file] = "named"
            else:
                self._of_file[file] = ("folder", os.path.dirname(file))
                folders.setdefault(os.path.dirname(file), []).append(file)
        if any(len(files) > 1 for files in folders.values()):
            for file in _copies(opinions, folders):
                self._of_file[file] = ("file", file)

    def __call__(self, rule: Rule) -> Hashable:
        """The same for rules of which one may yield to the other."""
        return self._loaded.get(rule.id) or (rule.id in self._broken, self._of_file[rule.file])

    def copies_kept(self, opinions: Sequence[Opinion]) -> list[Problem]:
        """What stands in two files that are not known to be in one server, once for each pair of files."""
        first: dict[Hashable, Opinion] = {}
        pairs: dict[tuple[str, str], list[tuple[Rule, Rule]]] = {}
        for opinion in opinions:
            rule = opinion.judged.rule
            if rule.alert is None or opinion.likeness is None:
                continue
            earlier = first.setdefault(same_alert(opinion), opinion).judged.rule
            if earlier.file != rule.file and self(earlier) != self(rule):
                pairs.setdefault((earlier.file, rule.file), []).append((earlier, rule))
        return [_told(both, self._broken) for both in pairs.values()]


def _copies(opinions: Sequence[Opinion], folders: Mapping[str, Sequence[str]]) -> set[str]:
    """Files that are by and large a copy of an earlier one of the same folder."""
    folder_of = {file: folder for folder, files in folders.items() for file in files}
    first: dict[Hashable, str] = {}
    counts: dict[str, int] = {}
    shared: dict[tuple[str, str], int] = {}
    for opinion in opinions:
        file = opinion.judged.rule.file
        if file not in folder_of or opinion.judged.rule.alert is None or opinion.likeness is None:
            continue
        counts[file] = counts.get(file, 0) + 1
        earlier = first.setdefault((folder_of[file], same_alert(opinion)), file)
        if earlier != file:
            shared[earlier, file] = shared.get((earlier, file), 0) + 1
    return {
        file
        for (earlier, file), number in shared.items()
        if number >= COPIED and 2 * number >= min(counts[earlier], counts[file])
    }


def _told(both: list[tuple[Rule, Rule]], broken: Mapping[int, str]) -> Problem:
    earlier, rule = both[0]
    names = list(dict.fromkeys(each.name for _, each in both))
    listed = ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
    dead = [each for each in (earlier, rule) if each.id in broken]
    if len(dead) == 1:
        other = rule if dead[0] is earlier else earlier
        text = f"{listed}: also in {other.file}, and nothing loads them here: this copy can go"
        return Problem("copy", text, dead[0].file, dead[0].line)
    text = f"{listed}: also in {earlier.file}, and nothing says that one Prometheus loads both files: both stay"
    return Problem("copy", f"{text} (name the two files together where one does)", rule.file, rule.line)
