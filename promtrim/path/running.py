"""What running servers say of the way: rules that they have loaded or not, targets that are down, rules that fail.

What is so now need not stay so: a rule that is not loaded may be new, a target that is down may come back. It is told,
and no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from promtrim.path.model import Said, said
from promtrim.promql.normal import normal_form
from promtrim.promql.parse import ExpressionError, parse
from promtrim.rulefile.model import Document, Problem, Rule

if TYPE_CHECKING:
    from promtrim.detect.live import Live
    from promtrim.path.ground import Ground
    from promtrim.stack.prometheus_config import PrometheusConfig

MOST_NAMES = 8
"""Alerts that one finding names."""


class Running:
    """Answers for rules what running servers have loaded."""

    def __init__(self, ground: Ground) -> None:
        self._live = [each for each in ground.detection.live if each.rules is not None]
        self._loaded = [{(rule.alerting, rule.name, _form(rule.query)) for rule in each.rules or ()} for each in self._live]
        self._names = [{(rule.alerting, rule.name) for rule in each.rules or ()} for each in self._live]

    def servers(self, rule: Rule) -> frozenset[str]:
        """The servers that have a rule loaded, by address."""
        key = _key(rule)
        return frozenset(each.url for each, loaded in zip(self._live, self._loaded, strict=True) if key in loaded)

    def of(self, rule: Rule) -> Said | None:
        """Whether a running server has a rule loaded; None where none tells its rules."""
        if not self._live:
            return None
        if servers := self.servers(rule):
            return Said("ok", f"{sorted(servers)[0]} has loaded it")
        first = self._live[0].url
        named = (rule.alert is not None, rule.name)
        if any(named in names for names in self._names):
            return said("open", f"{first} has loaded one of this name with another expression")
        return said("open", f"{first} has not loaded it: it is new there, or no rule_files pattern finds its file")

    def findings(self, documents: Iterable[Document]) -> Iterator[Problem]:
        """The alerts of each file that no running server has by their name."""
        for document in documents if self._live else ():
            missing = [
                rule
                for rule in document.rules
                if rule.alert is not None and not any((True, rule.alert) in names for names in self._names)
            ]
            if not missing:
                continue
            names = [rule.name for rule in missing]
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            text = f"{self._live[0].url} has not loaded {', '.join(names[:MOST_NAMES])}{more} of this file"
            advice = "deploy and reload it, or look at its rule_files"
            yield Problem("not-loaded", f"{text}: {advice}", document.file, missing[0].line)


def is_running(ground: Ground, config: PrometheusConfig) -> bool:
    """Whether a configuration was told by a running server."""
    return any(each.config is config for each in ground.detection.live)


def answers_now(ground: Ground, job: str, address: str) -> bool:
    """Whether a running server scrapes a target with success now."""
    return any(
        target.up and target.address == address and (target.pool or target.job) == job
        for each in ground.detection.live
        for target in each.targets or ()
    )


def names_now(ground: Ground) -> frozenset[str] | None:
    """Names of series that running servers have; None where none tells them."""
    told = [each.names for each in ground.detection.live if each.names is not None]
    return frozenset().union(*told) if told else None


def series_now(ground: Ground, names: Iterable[str]) -> Said | None:
    """Whether running servers have series of some names; None where none tells, or it needs no names."""
    there, wanted = names_now(ground), sorted(set(filter(None, names)))
    if there is None or not wanted:
        return None
    url = ground.detection.live[0].url
    missing = [name for name in wanted if name not in there]
    if not missing:
        return said("ok", f"{url} has series of {', '.join(wanted[:3])}")
    return said("open", f"{url} has no series of {', '.join(missing[:3])} now, which may come when something happens")


def alerts_go(ground: Ground, config: PrometheusConfig) -> Said | None:
    """Where a running server sends alerts; None where the configuration is none's, or it does not tell."""
    for each in ground.detection.live:
        if each.config is not config or each.alertmanagers is None:
            continue
        if each.alertmanagers:
            return said("ok", f"{each.url} sends alerts to {each.alertmanagers[0]}", config.alerting_place)
        if config.alertmanagers or config.alertmanager_discoveries:
            return said("open", f"{each.url} names Alertmanagers and has found none by now", config.alerting_place)
    return None


def findings(ground: Ground) -> Iterator[Problem]:
    """What is wrong on running servers now, whatever the rules are."""
    for live in ground.detection.live:
        yield from _down(live)
        for rule in live.rules or ():
            if rule.failing:
                text = f"{rule.name} of the group {rule.group} ({rule.file}) fails there: {rule.failing}"
                yield Problem("rule-fails", text, live.url)


def _down(live: Live) -> Iterator[Problem]:
    """One finding per job: a rollout may have taken many targets down together."""
    jobs: dict[str, list[str]] = {}
    error: dict[str, str] = {}
    count: dict[str, int] = {}
    for target in live.targets or ():
        job = target.pool or target.job
        count[job] = count.get(job, 0) + 1
        if target.up is False:
            jobs.setdefault(job, []).append(target.instance or target.address)
            error.setdefault(job, target.error)
    for job, down in jobs.items():
        which = ", ".join(down[:3]) + (", ..." if len(down) > 3 else "")
        text = f"{len(down)} of {count[job]} targets of the job {job} are down now ({which}): {error[job]}"
        yield Problem("target-down", text, live.url)


def _key(rule: Rule) -> tuple[bool, str, str]:
    return rule.alert is not None, rule.name, _form(rule.expr)


def _form(expression: str) -> str:
    try:
        return normal_form(parse(expression))
    except ExpressionError:
        return expression
