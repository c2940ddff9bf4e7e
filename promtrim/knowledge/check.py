"""Checks rulesets: contradictions, overlaps, facts without a source, what can never fit, exporters without a test.

A finding is one line, ``file:line: metric: what is wrong, and what to do``. What can be wrong with one metric by
itself stands in ``check_metric``; here is what concerns a whole ruleset, or several together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from promtrim.knowledge.check_metric import NAME, wrong_with
from promtrim.knowledge.compile import parts
from promtrim.knowledge.model import Metric
from promtrim.knowledge.written import Written


class Finding(msgspec.Struct, frozen=True, order=True):
    """Something in a ruleset that must be mended."""

    file: str
    line: int
    metric: str
    """Empty where the whole ruleset is meant."""
    text: str

    @property
    def message(self) -> str:
        return f"{self.metric}: {self.text}" if self.metric else self.text

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


def check(
    rulesets: Sequence[Written],
    names: Iterable[str] | None = None,
    cases: str | None = None,
    elsewhere: Callable[[str], object] | None = None,
) -> list[Finding]:
    """Everything that is wrong with rulesets that will be compiled together.

    Args:
        elsewhere: tells whether something is known of a metric's name besides, from other rulesets.
        names: metric names in use; a pattern that matches none of them is a finding. None: not looked at.
        cases: folder of the test cases; an exporter without a file there is a finding. None: not looked at.
    """
    found = [finding for each in rulesets for finding in check_ruleset(each)]
    found += _conflicts(rulesets)
    found += _shadowed(rulesets)
    found += _renamed(rulesets, elsewhere or (lambda name: False))
    if names is not None:
        found += _unused_patterns(rulesets, set(names))
    if cases is not None:
        found += _untested(rulesets, cases)
    return sorted(found)


def check_ruleset(written: Written) -> list[Finding]:
    """What is wrong with one ruleset by itself."""
    ruleset = written.ruleset
    found = [Finding(written.file, 0, "", text) for text in _head(written)]
    for name, metric in ruleset.metrics.items():
        line = written.line(name)
        found += [Finding(written.file, line, name, text) for text in wrong_with(name, metric, ruleset)]
        for part_name, part in parts(name, metric):
            if part and part_name in ruleset.metrics:
                text = f"it is a part of the {metric.type} {name}, leave it out"
                found.append(Finding(written.file, written.line(part_name), part_name, text))
    return found


def _head(written: Written) -> Iterator[str]:
    ruleset = written.ruleset
    if not ruleset.sources:
        yield "there are no sources, say where the facts can be looked up"
    for key, source in ruleset.sources.items():
        if not source.url.startswith(("https://", "http://")):
            yield f"sources.{key} is {source.url!r}, write an URL"
    if ruleset.complete and not ruleset.prefixes:
        yield "complete says nothing without prefixes, add them"
    for prefix in ruleset.prefixes:
        if not NAME.match(prefix) or "*" in prefix:
            yield f"prefixes: no metric's name begins with {prefix!r}, correct it"
    for pattern in ruleset.detect.jobs:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"detect.jobs: {pattern!r} is no regular expression ({error}), correct it"


def _conflicts(rulesets: Sequence[Written]) -> list[Finding]:
    """The same name in two rulesets, with types that disagree."""
    first: dict[str, tuple[Written, str, Metric]] = {}
    found: list[Finding] = []
    for each in rulesets:
        for name, metric in each.ruleset.metrics.items():
            if "*" in name or metric.type == "untyped":
                continue
            other = first.setdefault(name, (each, name, metric))[2]
            if other.type != metric.type and first[name][0] is not each:
                where = first[name][0].ruleset.ruleset
                text = f"a {metric.type} here and a {other.type} in {where}, correct one or make it untyped"
                found.append(Finding(each.file, each.line(name), name, text))
    return found


def _shadowed(rulesets: Sequence[Written]) -> list[Finding]:
    """Patterns that never count, because another one that counts before them matches all that they match."""
    # As promtrim.knowledge.compile.build orders them: the longest first, then by file.
    patterns = [(part, name, each) for each in rulesets for name, metric in each.ruleset.metrics.items()
                for part, _ in parts(name, metric) if "*" in name]  # fmt: skip
    patterns.sort(key=lambda item: -len(item[0]))
    found: list[Finding] = []
    for number, (pattern, name, each) in enumerate(patterns):
        # With a letter that no pattern holds in place of each star, one pattern matches another only as a whole.
        letter = pattern.replace("*", "\0")
        for earlier, earlier_name, other in patterns[:number]:
            if not letter.startswith(earlier[: earlier.index("*")]) or not matcher(earlier)(letter):
                continue
            if other is not each or earlier_name != name:
                text = f"{earlier} in {other.ruleset.ruleset} matches all that this pattern matches and counts before it"
                found.append(Finding(each.file, each.line(name), name, f"{text}, leave out one or narrow it"))
                break
    return found


def _renamed(rulesets: Sequence[Written], elsewhere: Callable[[str], object]) -> list[Finding]:
    """Names said to be renamed to one that nothing is known of, or to one that is gone as well."""
    known = {part for each in rulesets for name, metric in each.ruleset.metrics.items() for part, _ in parts(name, metric)}
    matches = [matcher(pattern) for pattern in known if "*" in pattern]
    found: list[Finding] = []
    for each in rulesets:
        for name, metric in each.ruleset.metrics.items():
            new = metric.renamed_to
            if new is None:
                continue
            if new == name or ((after := each.ruleset.metrics.get(new)) is not None and after.renamed_to):
                text = f"renamed to {new}, which was renamed too; give the name that is in use"
                found.append(Finding(each.file, each.line(name), name, text))
            elif new not in known and not any(match(new) for match in matches) and not elsewhere(new):
                text = f"renamed to {new}, of which nothing is known; list it or correct the name"
                found.append(Finding(each.file, each.line(name), name, text))
    return found


def _unused_patterns(rulesets: Sequence[Written], names: set[str]) -> list[Finding]:
    return [
        Finding(each.file, each.line(name), name, "the pattern matches no metric in these rule files, correct or remove it")
        for each in rulesets
        for name, metric in each.ruleset.metrics.items()
        if "*" in name and not any(matcher(part)(used) for part, _ in parts(name, metric) for used in names)
    ]


def _untested(rulesets: Sequence[Written], folder: str) -> list[Finding]:
    found = []
    for each in rulesets:
        path = os.path.join(folder, f"{each.ruleset.ruleset}.yml")
        if not os.path.exists(path):
            found.append(Finding(each.file, 0, "", f"there is no test of this exporter, write {path}"))
    return found


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> Callable[[str], object]:
    """A function that tells whether a name (a pattern, with letters in place of its stars) fits a pattern."""
    return re.compile(".*".join(re.escape(piece) for piece in pattern.split("*")), re.DOTALL).fullmatch
