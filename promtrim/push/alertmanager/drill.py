"""A drill: each kept alert once as a synthetic one, and whether it arrives and where it goes.

A drill carries the label ``promtrim_drill`` and says in its summary what it is; it ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone

import msgspec

from promtrim.alertmanager.proof import receivers
from promtrim.alertmanager.reach import Sides
from promtrim.alertmanager.routing import having
from promtrim.alertmanager.samples import samples
from promtrim.alertmanager.sent import Sent
from promtrim.http import Client, wait_for
from promtrim.push.alertmanager import api
from promtrim.push.alertmanager.api import Alert, Matcher
from promtrim.push.steps import Step
from promtrim.stack.alertmanager_config import AlertmanagerConfig

LABEL = "promtrim_drill"
LASTS = timedelta(minutes=2)
"""Long enough for a group_wait of a minute, short enough to be over soon."""
ARRIVES_WITHIN = 10.0
"""Seconds."""


class Drill(msgspec.Struct, frozen=True):
    """One synthetic alert."""

    alert: str
    labels: dict[str, str]
    would_inhibit: tuple[str, ...]
    """Alerts that it would hide while it lasts."""


def drills(
    kept: Sequence[Sent], every: Sequence[Sent], firing: Sequence[Alert], config: AlertmanagerConfig, plan: str
) -> list[Drill]:
    """A drill for each kept alert, with what it would inhibit."""
    found = []
    for sent in kept:
        labels = {**samples(sent.labels, config)[0], "alertname": sent.name, LABEL: plan}
        found.append(Drill(sent.name, labels, tuple(_hidden(labels, every, firing, config))))
    return found


def _hidden(
    labels: Mapping[str, str], every: Sequence[Sent], firing: Sequence[Alert], config: AlertmanagerConfig
) -> list[str]:
    names: dict[str, None] = {}
    for rule in config.inhibitions:
        side = Sides(rule, [having(labels, closed=True)])
        for sent in every:
            if any(True for _ in side.sources_of(sent.labels)):
                names[sent.name] = None
        for alert in firing:
            if LABEL not in alert.labels and any(True for _ in side.sources_of(having(alert.labels, closed=True))):
                names[f"{alert.labels.get('alertname', 'an alert')} (fires now)"] = None
    return list(names)


def carry_out(client: Client, those: Sequence[Drill], config: AlertmanagerConfig, inhibiting: bool) -> Iterator[Step]:
    """Send the drills and say where each one goes.

    Args:
        inhibiting: whether to send those too that would inhibit others.
    """
    for drill in those:
        if drill.would_inhibit and not inhibiting:
            hidden = ", ".join(drill.would_inhibit[:5])
            said = f"it would inhibit {hidden}; --drill-inhibiting sends it all the same"
            yield Step("refused", f"drill {drill.alert}", said)
            continue
        now = datetime.now(timezone.utc)
        body = {
            "labels": drill.labels,
            "annotations": {
                "summary": f"Drill: promtrim tests who hears of {drill.alert}; nothing is wrong.",
                "description": f"A synthetic alert; it ends by itself at {now + LASTS:%H:%M:%S} UTC.",
            },
            "startsAt": now.isoformat(timespec="milliseconds"),
            "endsAt": (now + LASTS).isoformat(timespec="milliseconds"),
        }
        api.post_alerts(client, [body])
        yield _arrival(client, drill, config)


def _arrival(client: Client, drill: Drill, config: AlertmanagerConfig) -> Step:
    wanted = [Matcher("alertname", drill.alert), Matcher(LABEL, drill.labels[LABEL])]
    found: list[Alert] = []

    def arrived() -> bool:
        found[:] = [each for each in api.alerts(client, wanted) if each.labels == drill.labels]
        return bool(found) and found[0].status.state != "unprocessed"

    text = f"drill {drill.alert}"
    if not wait_for(arrived, ARRIVES_WITHIN) or not found:
        return Step("failed", text, "it did not arrive")
    names = list(dict.fromkeys(each.name for each in found[0].receivers))
    expected = list(dict.fromkeys(receivers(config, drill.labels)))
    status = found[0].status
    if sorted(names) != sorted(expected):
        return Step("failed", text, f"it goes to {', '.join(names)}; the configuration says {', '.join(expected)}")
    if status.silenced_by or status.inhibited_by:
        what = "silenced" if status.silenced_by else "inhibited"
        return Step("failed", text, f"it arrived for {', '.join(names)}, and is {what}: nobody hears of it")
    return Step("done", text, f"it goes to {', '.join(names)}")
