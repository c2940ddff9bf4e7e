"""What a Prometheus has loaded, and how it differs from rule files: names, expressions, labels, durations, health.

https://prometheus.io/docs/prometheus/latest/querying/api/#rules
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from promtrim.errors import RemoteError
from promtrim.http import Client
from promtrim.promql.parse import ExpressionError, parse
from promtrim.push.prometheus.files import rules_in
from promtrim.rulefile.model import Rule


class LoadedRule(msgspec.Struct, frozen=True, rename="camel"):
    """A rule as the API lists it."""

    name: str
    query: str
    type: str
    health: str
    labels: dict[str, str] = {}
    duration: float = 0.0
    keep_firing_for: float = 0.0
    last_error: str = ""
    last_evaluation: str = ""

    @property
    def evaluated(self) -> bool:
        return self.health != "unknown" and not self.last_evaluation.startswith("0001-")


class LoadedGroup(msgspec.Struct, frozen=True, rename="camel"):
    """A group as the API lists it."""

    name: str
    file: str
    rules: tuple[LoadedRule, ...]
    interval: float = 60.0
    """Seconds."""


class _Groups(msgspec.Struct):
    groups: list[LoadedGroup]


class _Answer(msgspec.Struct):
    data: _Groups


def loaded(client: Client) -> list[LoadedGroup]:
    """The groups that a Prometheus has loaded.

    Raises:
        RemoteError: no answer, or not a Prometheus'.
    """
    try:
        return msgspec.convert(client.get("/api/v1/rules"), _Answer).data.groups
    except msgspec.ValidationError as error:
        raise RemoteError(f"its answer is not what the API documents ({error})", client.server.url) from None


def of_file(groups: Iterable[LoadedGroup], path: str) -> list[LoadedGroup]:
    """The groups of a file: Prometheus may see it below another folder, so as much of the path's end as fits counts."""
    scored = [(_common_end(path, group.file), group) for group in groups]
    best = max((score for score, _ in scored), default=0)
    return [group for score, group in scored if score == best and score > 0]


def _common_end(one: str, other: str) -> int:
    count = 0
    for left, right in zip(reversed(one.split("/")), reversed(other.split(";")[0].split("/")), strict=False):
        if left != right:
            break
        count += 1
    return count


class Formatter:
    """Compares expressions: as trees, and where these differ as Prometheus itself writes them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def same(self, one: str, other: str) -> bool:
        if " ".join(one.split()) == " ".join(other.split()):
            return True
        try:
            if parse(one) == parse(other):
                return True
        except (ExpressionError, RecursionError):
            pass
        return self._formatted(one) == self._formatted(other)

    def _formatted(self, text: str) -> str:
        found = self._known.get(text)
        if found is None:
            try:
                answer = self._client.get("/api/v1/format_query", {"query": text})
                found = str(answer["data"])
            except (RemoteError, KeyError, TypeError):
                found = " ".join(text.split())
            self._known[text] = found
        return found


def differences(
    groups: Sequence[LoadedGroup],
    path: str,
    content: bytes | None,
    same: Callable[[str, str], bool],
    instead_of: bytes | None = None,
) -> Iterator[str]:
    """How what is loaded of a file differs from its content, in words.

    Args:
        instead_of: what the file held before: where it holds no rules now, these must be gone.
    """
    wanted: dict[str, list[Rule]] = {}
    for rule in rules_in(content, path):
        if rule.loaded:
            wanted.setdefault(rule.group, []).append(rule)
    there = of_file(groups, path)
    present = {group.name: group for group in there if group.rules}
    if not wanted:
        # Other files may have the same base name, so only groups that this one had count.
        for name in sorted({rule.group for rule in rules_in(instead_of, path)} & present.keys()):
            yield f"the group {name!r} is still loaded"
        return
    for name in present.keys() - wanted.keys():
        yield f"the group {name!r} is still loaded"
    for name, rules in wanted.items():
        group = present.get(name)
        if group is None:
            yield f"the group {name!r} is not loaded"
            continue
        left = list(group.rules)
        for rule in rules:
            match = next((each for each in left if _is(each, rule, same)), None)
            if match is None:
                yield f"{rule.name} of the group {name!r} is not loaded as it is written"
            else:
                left.remove(match)
        for each in left:
            yield f"{each.name} of the group {name!r} is still loaded"


def _is(found: LoadedRule, rule: Rule, same: Callable[[str, str], bool]) -> bool:
    kind = "alerting" if rule.alert is not None else "recording"
    labels = {name: value for name, value in rule.labels.items() if value}
    return (
        found.type == kind and found.name == rule.name
        and {name: value for name, value in found.labels.items() if value} == labels
        and abs(found.duration - rule.for_) < 0.001 and abs(found.keep_firing_for - rule.keep_firing_for) < 0.001
        and same(found.query, rule.expr)
    )  # fmt: skip


def failing(groups: Iterable[LoadedGroup], paths: Sequence[str]) -> Counter[tuple[str, str]]:
    """Rules of files whose evaluation fails, by name and expression."""
    every = list(groups)
    return Counter(
        (rule.name, rule.query)
        for path in paths
        for group in of_file(every, path)
        for rule in group.rules
        if rule.health == "err"
    )


def evaluated(groups: Sequence[LoadedGroup], paths: Sequence[str]) -> bool:
    """Whether each rule of these files has been evaluated since it was loaded."""
    return all(rule.evaluated for path in paths for group in of_file(groups, path) for rule in group.rules)


def longest_interval(groups: Sequence[LoadedGroup], paths: Sequence[str]) -> float:
    """Seconds."""
    return max((group.interval for path in paths for group in of_file(groups, path)), default=0.0)
