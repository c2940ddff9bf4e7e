"""The top of a dashboard: what is firing now, and one tile per component that says up, down, or no data.

A tile asks the component's own ``down`` alerts with their own expressions, so that it can never say something else than
they do, and whether there is any data at all; other alerts of the component show as ``alert`` once Prometheus fires them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from promtrim.dashboards.building.model import ABSENT, BAD, GOOD, WARNING, Panel, Query, State, Step
from promtrim.dashboards.building.parts import parts_of, unfiltered
from promtrim.dashboards.building.words import shortened, title_of
from promtrim.judge.model import Judged
from promtrim.plaintext import one_line
from promtrim.promql.tree import Node
from promtrim.promql.unparse import quote, unparse

FIRES_NOW = 'ALERTS{alertstate="firing"%s}'
NOTHING = "vector(0) unless vector(0)"
"""A query that returns nothing."""
_MOST_ASKED = 8
"""Alerts whose expressions one tile asks; beyond, only whether Prometheus fires them."""

IsScalar = Callable[[Node], bool]


class Watch(msgspec.Struct, frozen=True):
    """A kept alert as a tile asks it; ``node`` is None where the expression cannot be read."""

    judged: Judged
    node: Node | None


def firing(watches: Sequence[Watch]) -> tuple[Panel, Panel]:
    """How many alerts fire, and which since when; those that fire by design are left out."""
    by_design = _names(watch for watch in watches if watch.judged.constant)
    but = f", alertname!~{quote(_pattern(by_design))}" if by_design else ""
    selector = FIRES_NOW % but
    number = Panel(
        kind="stat",
        title="Firing now",
        queries=(Query(f"count({selector}) or vector(0)", "firing", instant=True),),
        description="How many alerts fire, of all that this Prometheus evaluates"
        + (f"; {', '.join(by_design)} should and is not counted." if by_design else "."),
        steps=(Step(None, GOOD), Step(1.0, BAD)),
        states=(State(0, "nothing fires", GOOD),),
        decimals=0,
        missing="no data",
    )
    which = Panel(
        kind="table",
        title="Alerts that fire",
        queries=(Query(f"1000 * (ALERTS_FOR_STATE and ignoring (alertstate) {selector})", instant=True),),
        description="Each alert that fires, with its labels and since when its condition holds.",
        unit="dateTimeFromNow",
        missing="nothing fires",
    )
    return number, which


def tile(component: str, watches: Sequence[Watch], is_scalar: IsScalar) -> Panel:
    """The state of one component, of the alerts that watch it."""
    own = [watch for watch in watches if watch.judged.components == (component,)]
    down = [watch for watch in own if watch.judged.failure_mode == "down" and watch.node and not watch.judged.constant]
    if down:
        asked = [f"2 * ({_holds(watch, is_scalar)})" for watch in down[:_MOST_ASKED]]
        asked += [_holds(watch, is_scalar) for watch in own if watch.judged.constant][:1]
        rest = [watch for watch in watches if watch not in down[:_MOST_ASKED]]
        states: tuple[State, ...] = (State(0, "up", GOOD), State(1, "alert", WARNING), State(2, "down", BAD))
    else:
        able = [watch for watch in own or watches if watch.node is not None or watch.judged.constant]
        asked = [_holds(watch, is_scalar) for watch in able[:_MOST_ASKED]]
        rest = [watch for watch in watches if watch not in able[:_MOST_ASKED]]
        states = (State(0, "ok", GOOD), State(1, "alert", WARNING))
    names = _names(watch for watch in rest if not watch.judged.constant)
    if names:
        asked.append(f"count({FIRES_NOW % f', alertname=~{quote(_pattern(names))}'}) > bool 0")
    watched = list(dict.fromkeys(watch.judged.rule.name for watch in watches))
    return Panel(
        kind="stat",
        title=shortened(one_line(component), 60),
        queries=(Query(_worst(asked), "state", instant=True),),
        description=_meaning(bool(down)) + f" Watched by {title_of(watched[:2])}"
        + (f" and {len(watched) - 2} more." if len(watched) > 2 else "."),
        steps=(Step(None, ABSENT),),
        states=states,
        decimals=0,
        missing="no data",
    )  # fmt: skip


def unwatched(component: str, dropped: Sequence[Watch], jobs: Sequence[str], is_scalar: IsScalar) -> Panel:
    """The state of a component that is deployed and that no kept alert watches.

    Args:
        dropped: alerts of it that could tell whether it is down and were not kept: something else tells of it in time.
        jobs: the scrape jobs that deliver its metrics, where they are known.
    """
    expr, meaning = NOTHING, "no scrape job of it is known: nothing tells."
    if dropped:
        asked = [f"2 * ({_holds(watch, is_scalar)})" for watch in dropped[:_MOST_ASKED]]
        names = title_of(watch.judged.rule.name for watch in dropped)
        expr, meaning = _worst(asked), f"down: what {names} would fire on holds. no data: nothing tells."
    elif jobs:
        up = f"up{{job=~{quote(_pattern(jobs))}}}"
        expr = f"2 * (count({up} == 0) > bool 0 or 0 * count({up}))"
        meaning = f"down: a scrape of {', '.join(map(one_line, jobs))} fails. no data: nothing is scraped."
    return Panel(
        kind="stat",
        title=shortened(one_line(component), 60),
        queries=(Query(expr, "state", instant=True),),
        description=f"No alert that is kept watches it; {meaning}",
        steps=(Step(None, ABSENT),),
        states=(State(0, "up", GOOD), State(2, "down", BAD)),
        decimals=0,
        missing="no data",
    )


def _meaning(down: bool) -> str:
    if down:
        return "down: the condition of a down alert holds. alert: another alert fires. no data: nothing tells."
    return "alert: the condition of an alert holds. no data: nothing tells."


def _worst(asked: Sequence[str]) -> str:
    """The greatest of several single values; a label keeps them apart while they are gathered."""
    if not asked:
        return "vector(0)"
    if len(asked) == 1:
        return asked[0]
    apart = [f'label_replace({each}, "of", "{number}", "", "")' for number, each in enumerate(asked[1:], 2)]
    return f"max({' or '.join([asked[0], *apart])})"


def _holds(watch: Watch, is_scalar: IsScalar) -> str:
    """1 while the alert's condition holds, 0 while it does not, nothing where there is no data to tell."""
    rule = watch.judged.rule
    if watch.judged.constant:
        return f"0 * count({FIRES_NOW % f', alertname={quote(rule.name)}'}) or vector(1)"
    assert watch.node is not None
    whole = _vector(watch.node, is_scalar)
    return f"count({whole}) > bool 0 or {_no(watch.node, is_scalar)}"


def _no(node: Node, is_scalar: IsScalar) -> str:
    """0 where there is data that could tell."""
    about = [part for part in parts_of(node) if part.role in ("", "or")]
    if any(part.absent for part in about):
        return "vector(0)"
    counts = list(dict.fromkeys(f"count({_vector(unfiltered(part.subject), is_scalar)})" for part in about[:3]))
    return f"0 * {counts[0]}" if len(counts) == 1 else f"0 * ({' or '.join(counts)})"


def _vector(node: Node, is_scalar: IsScalar) -> str:
    text = unparse(node)
    return f"vector({text})" if is_scalar(node) else text


def _names(watches: Iterable[Watch]) -> list[str]:
    return list(dict.fromkeys(watch.judged.rule.name for watch in watches))


def _pattern(names: Sequence[str]) -> str:
    """A regular expression (RE2) for these names alone."""
    return "|".join(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", name) for name in names)


__all__ = ["Watch", "firing", "tile", "unwatched"]
