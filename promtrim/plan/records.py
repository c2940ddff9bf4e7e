"""Recording rules: which are needed by kept alerts, through others too, or by dashboards; which by nothing known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from promtrim.judge.rule import Opinion


def needed(kept: Iterable[Opinion], records: Iterable[Opinion]) -> dict[int, str]:
    """Recording rule id to the name of a rule that needs it."""
    by_name: dict[str, list[Opinion]] = {}
    for opinion in records:
        by_name.setdefault(opinion.judged.rule.record or "", []).append(opinion)
    found: dict[int, str] = {}
    waiting = [(name, opinion.judged.rule.name) for opinion in kept for name in _names(opinion)]
    while waiting:
        name, user = waiting.pop()
        for opinion in by_name.get(name, ()):
            rule = opinion.judged.rule
            if rule.id not in found:
                found[rule.id] = user
                waiting.extend((inner, rule.name) for inner in _names(opinion))
    return found


def used(names: Mapping[str, str], records: Iterable[Opinion]) -> dict[int, str]:
    """Recording rule id to the dashboard that shows it, from names that dashboards mention."""
    return {o.judged.rule.id: names[o.judged.rule.name] for o in records if o.judged.rule.name in names}


def _names(opinion: Opinion) -> tuple[str, ...]:
    return opinion.likeness.reads if opinion.likeness is not None else ()
