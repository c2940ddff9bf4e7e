"""How many of the metrics that rule files use have a fact, by exporter, and which have none.

Names of recording rules are left out: they are the rules' own. So is what no name is given for (``{__name__=~...}``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from promtrim.knowledge.index import lookup
from promtrim.knowledge.model import Index
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.walk import metric_names
from promtrim.rulefile.model import Document, Rule


class Use(msgspec.Struct, frozen=True):
    """A metric and the first rule that uses it."""

    metric: str
    file: str
    line: int


class OfExporter(msgspec.Struct, frozen=True):
    """What one exporter's ruleset knows. A metric that several exporters export counts for each."""

    exporter: str
    title: str
    known: tuple[str, ...]
    unknown: tuple[Use, ...]
    """Metrics that begin as this exporter's do, of which nothing is known."""

    @property
    def share(self) -> float:
        return share(len(self.known), len(self.unknown))


class Coverage(msgspec.Struct, frozen=True):
    """The account of some rule files."""

    known: int
    """Distinct metrics with a fact."""
    exporters: tuple[OfExporter, ...]
    unknown: tuple[Use, ...]
    """All distinct metrics without one, by name."""
    unreadable: int
    """Expressions that could not be read."""

    @property
    def share(self) -> float:
        return share(self.known, len(self.unknown))


def share(known: int, unknown: int) -> float:
    """Known of all, from 0 to 1; 1 where there are none."""
    return known / (known + unknown) if known + unknown else 1.0


def coverage(index: Index, documents: Iterable[Document]) -> Coverage:
    """The coverage of the metrics in the rules of some documents."""
    uses, unreadable = used([rule for document in documents for rule in document.rules])
    known: dict[str, list[str]] = {}
    unknown: list[Use] = []
    for use in uses:
        found = lookup(index, use.metric)
        for ruleset in {each.ruleset for each in found}:
            known.setdefault(ruleset, []).append(use.metric)
        # Few exporters have colons in their names; by convention they mark recording rules, here of files not given.
        if not found and ":" not in use.metric:
            unknown.append(use)
    lacking = _by_prefix(index, unknown)
    exporters = [
        OfExporter(name, index.heads[name].title, tuple(sorted(known.get(name, ()))), tuple(lacking.get(name, ())))
        for name in sorted({*known, *lacking})
    ]
    distinct = len({name for names in known.values() for name in names})
    return Coverage(distinct, tuple(exporters), tuple(unknown), unreadable)


def used(rules: Sequence[Rule]) -> tuple[list[Use], int]:
    """The distinct metrics that rules use, by name, and how many expressions could not be read."""
    recorded = {rule.record for rule in rules if rule.record}
    first: dict[str, Use] = {}
    unreadable = 0
    for rule in rules:
        try:
            tree = parse(rule.expr)
        except ExpressionError:
            unreadable += 1
            continue
        for name in metric_names(tree):
            if name not in recorded:
                first.setdefault(name, Use(name, rule.file, rule.line))
    return [first[name] for name in sorted(first)], unreadable


def _by_prefix(index: Index, unknown: Sequence[Use]) -> dict[str, list[Use]]:
    """Metrics without a fact to the exporter whose longest prefix they begin with."""
    prefixes = sorted(((prefix, name) for name, head in index.heads.items() for prefix in head.prefixes),
                      key=lambda item: -len(item[0]))  # fmt: skip
    found: dict[str, list[Use]] = {}
    for use in unknown:
        owner = next((name for prefix, name in prefixes if use.metric.startswith(prefix)), None)
        if owner is not None:
            found.setdefault(owner, []).append(use)
    return found
