"""Who hears of each kept alert in the running configuration: its receivers, what inhibits it, whose silences mute it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from promtrim.alertmanager.audience import receivers_of
from promtrim.alertmanager.reach import Sides
from promtrim.alertmanager.routing import fits, narrowed
from promtrim.alertmanager.sent import Sent
from promtrim.push.alertmanager.api import Silence
from promtrim.push.alertmanager.carry import matchers_text
from promtrim.push.steps import Step
from promtrim.stack.alertmanager_config import AlertmanagerConfig


def hearing(
    kept: Sequence[Sent], every: Sequence[Sent], config: AlertmanagerConfig, others: Iterable[Silence]
) -> Iterator[Step]:
    """Things to know of each kept alert.

    Args:
        every: all alerts of the plan: what is dropped may inhibit until the rules are gone.
        others: silences of other people.
    """
    theirs = list(others)
    sides = [Sides(rule, [each.labels for each in every]) for rule in config.inhibitions]
    for sent in kept:
        reached = receivers_of(config, sent)
        names = ", ".join(name if certain else f"perhaps {name}" for name, certain in reached)
        details = [*_inhibitors(sent, every, sides), *_muted(sent, theirs)]
        yield Step("note", f"{sent.name} reaches {names or 'nobody'}", "; ".join(details))


def _inhibitors(sent: Sent, every: Sequence[Sent], sides: Sequence[Sides]) -> Iterator[str]:
    for side in sides:
        names = list(dict.fromkeys(every[index].name for index in side.sources_of(sent.labels)))
        if names:
            yield f"may be inhibited by {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}"


def _muted(sent: Sent, silences: Sequence[Silence]) -> Iterator[str]:
    for silence in silences:
        conditions = [matcher.condition for matcher in silence.matchers]
        if narrowed(sent.labels, conditions) is None:
            continue
        how = "is muted" if fits(conditions, sent.labels) == "yes" else "may be muted"
        yield (
            f"{how} by the silence {matchers_text(silence.matchers)} of {silence.created_by or 'somebody'} "
            f"until {silence.ends_at:%Y-%m-%d %H:%M} UTC"
        )
