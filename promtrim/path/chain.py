"""The first links of an alert's way: what delivers the series that it asks for, and whether Prometheus evaluates it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from promtrim.judge.model import Judged
from promtrim.judge.signals import metric_name
from promtrim.knowledge.facts import Metrics
from promtrim.path.ground import Ground
from promtrim.path.model import Link, LinkName, Mark, Said, said
from promtrim.path.running import series_now
from promtrim.path.scraping import Scraped, scraped
from promtrim.patterns import matches
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Binary, Call, Selector
from promtrim.promql.walk import selectors, walk
from promtrim.yamltext.located import Place

_PLACE = re.compile(r"(?<![\w./-])([^\s:(),;]+\.[A-Za-z]+):(\d+)")
"""A place as texts name it: ``file.yml:12``."""


class Chain:
    """Follows series from their targets to the evaluation of the rules that ask for them."""

    def __init__(self, ground: Ground, metrics: Metrics) -> None:
        self._ground = ground
        self._metrics = metrics
        self._targets = scraped(ground)
        self._known = metrics.topology.jobs is not None

    def links(self, judged: Judged) -> tuple[Link, Link, Link, Link]:
        """Target, scrape, series and evaluation of one alert."""
        if judged.constant:
            none = said("ok", "it asks for no series")
            return _links(none, none, none, said("ok", "it fires by design"))
        try:
            node = parse(judged.rule.expr)
        except ExpressionError as error:
            unread = said("open", "its expression cannot be read")
            return _links(unread, unread, unread, said("broken", f"its expression cannot be read: {error}"))
        asked = selectors(node)
        missed = {id(inner) for each in walk(node) if isinstance(each, Call) and each.function.startswith("absent")
                  for inner in selectors(each)}  # fmt: skip
        answers = [self._of_selector(each) for each in asked if id(each) not in missed]
        if not answers:
            missing = said("ok", "it asks for what is missing")
            return _links(missing, missing, missing, _evaluated(judged))
        # Of alternatives one that is fed is enough.
        pick = _best if any(isinstance(each, Binary) and each.op == "or" for each in walk(node)) else _worst
        target = pick([first for first, _ in answers])
        scrape = pick([second for _, second in answers])
        return _links(target, scrape, self._series(judged, target, scrape), _evaluated(judged))

    def cause(self, judged: Judged) -> Said | None:
        """Where nothing delivers the series of an alert: the reason, with its place."""
        target, scrape, series, _ = self.links(judged)
        for link in (scrape, target, series):
            if link.mark == "broken" and link.file:
                return Said(link.mark, link.text, link.file, link.line)
        return None

    def unsure(self, judged: Judged) -> bool:
        """Whether it cannot be told that anything feeds an alert."""
        target, scrape, _, _ = self.links(judged)
        return "open" in (target.mark, scrape.mark)

    def _of_selector(self, selector: Selector) -> tuple[Said, Said]:
        jobs = [matcher for matcher in selector.matchers if matcher.name == "job" and matcher.op in ("=", "=~")]
        name = metric_name(selector)
        rulesets = {each.ruleset for each in self._metrics.known(name)}
        if jobs and jobs[0].value:
            found = [each for each in self._targets if all(_fits(m.op, m.value, each.target.job) for m in jobs)]
            return self._answers(found) if found else self._no_job(jobs[0].op, jobs[0].value)
        if name == "up":
            return self._answers(self._targets)
        found = [each for each in self._targets if rulesets & set(each.target.exporters)]
        if found:
            return self._answers(found)
        return self._by_ruleset(name, sorted(rulesets))

    def _answers(self, found: Sequence[Scraped]) -> tuple[Said, Said]:
        """Of several targets the best one counts: the alert can tell of that one."""
        order = {"yes": 0, "open": 1, "no": 2}
        best = min(found, key=lambda each: (order[each.target.answers], bool(each.barred)), default=None)
        if best is None:
            nothing = said("open", "no target is known")
            return nothing, nothing
        target = best.target
        what = target.component or target.address
        if target.answers == "no":
            dead = said("broken", f"{target.address}: {target.because}", target.place)
            return dead, said("broken", f"the job {target.config_job} gets no answer", best.job.job.place)
        runs = target.pods.place if target.pods else target.service.place if target.service else target.place
        known = target.answers == "yes" or target.component is not None
        why = f" ({target.because})" if target.because else ""
        first = said("ok" if known else "open", f"{what} answers at {target.address}{why}", runs)
        if best.barred:
            return first, said("broken", f"{best.barred}: up may be 0 for ever", best.barred_at)
        mark: Mark = "ok" if target.certain else "open"
        return first, said(mark, f"the job {target.config_job} scrapes it", best.job.job.place)

    def _no_job(self, operator: str, wanted: str) -> tuple[Said, Said]:
        """No target of a job that a selector names is known."""
        for _, jobs in self._ground.detection.targets:
            for job in jobs:
                if _fits(operator, wanted, job.job.name):
                    mark: Mark = "broken" if job.complete and self._known else "open"
                    text = f"the job {job.job.name} finds no target: {job.because}" if job.complete else job.because
                    there = said(mark, text, job.job.place)
                    return said(mark, "nothing of the kind is deployed" if job.complete else job.because), there
        if not self._known:
            nothing = said("open", "which scrape jobs there are is not known")
            return nothing, nothing
        return said("open", "no job names it"), said("broken", f"no scrape job is named {wanted!r}", self._jobs_place())

    def _jobs_place(self) -> Place | None:
        """Where the scrape jobs stand."""
        return next((config.jobs[0].place for config in self._ground.detection.prometheus if config.jobs), None)

    def _by_ruleset(self, name: str, rulesets: list[str]) -> tuple[Said, Said]:
        topology, heads = self._metrics.topology, self._metrics.index.heads
        now = series_now(self._ground, [name])
        if now is not None and now.mark == "ok":
            return now, now
        if not rulesets:
            text = f"who delivers {name or 'it'} is not known"
            return said("open", text), said("open", text)
        stated = [topology.exporters.get(each) for each in rulesets]
        if any(stated):
            there = said("ok", f"{heads[rulesets[stated.index(True)]].title} is scraped")
            return there, there
        if any(each is None for each in stated):
            text = f"whether {heads[rulesets[0]].title} is deployed is not known"
            return said("open", text), said("open", text)
        title = heads[rulesets[0]].title
        source = topology.sources.get(f"exporters.{rulesets[0]}", "")
        for _, jobs in self._ground.detection.targets:
            for job in jobs:
                if not job.targets and any(_means(job.job.name, heads[each].detect.jobs) for each in rulesets):
                    text = f"the job {job.job.name} finds no target: {job.because}"
                    return said("broken", f"{title} is not deployed"), said("broken", text, job.job.place)
        file, line = place_in(source)
        return said("broken", f"{title} is not deployed"), Said(
            "broken", f"{title}: {source}", file or self._config_file(), line
        )

    def _config_file(self) -> str:
        return next((config.file for config in self._ground.detection.prometheus), "")

    def _series(self, judged: Judged, target: Said, scrape: Said) -> Said:
        if judged.cause == "not-scraped":
            return said("broken", judged.because)
        if "broken" in (target.mark, scrape.mark):
            return said("open", "they would come from there")
        names = {metric_name(each) for each in selectors(parse(judged.rule.expr))}
        if (now := series_now(self._ground, names)) is not None:
            return now
        unknown = sorted(
            name
            for name in names
            if name != "up" and not any(self._metrics.topology.exporters.get(k.ruleset) for k in self._metrics.known(name))
        )
        if not unknown:
            return said("ok", "its targets deliver them")
        return said("open", f"whether {', '.join(unknown[:3])} is delivered cannot be seen from here")


def place_in(text: str) -> tuple[str, int]:
    """The first ``file:line`` that a text names."""
    match = _PLACE.search(text)
    return (match[1], int(match[2])) if match else ("", 0)


def _links(target: Said, scrape: Said, series: Said, evaluation: Said) -> tuple[Link, Link, Link, Link]:
    return (
        _link("target", target),
        _link("scrape", scrape),
        _link("series", series),
        _link("evaluation", evaluation),
    )


def _link(name: LinkName, answer: Said) -> Link:
    return Link(name, *msgspec.structs.astuple(answer))


def _best(answers: Sequence[Said]) -> Said:
    order = {"ok": 0, "open": 1, "broken": 2}
    return min(answers, key=lambda answer: order[answer.mark])


def _worst(answers: Sequence[Said]) -> Said:
    for mark in ("broken", "open", "ok"):
        for answer in answers:
            if answer.mark == mark:
                return answer
    return said("ok", "it asks for no series")


def _evaluated(judged: Judged) -> Said:
    if judged.verdict == "cannot-fire" and judged.cause in ("topology", "logic"):
        return said("broken", f"it cannot fire: {judged.because}")
    if judged.verdict == "always-fires" and not judged.constant:
        return said("broken", f"it fires while all is well: {judged.because}")
    if judged.meaningless:
        return said("broken", f"it says nothing real: {judged.meaningless}")
    return said("ok", "Prometheus can evaluate it")


def _fits(operator: str, wanted: str, job: str) -> bool:
    if operator == "=":
        return wanted == job
    return matches(wanted, job) is not False


def _means(job: str, patterns: Sequence[str]) -> bool:
    return any(matches(pattern, job) for pattern in patterns)
