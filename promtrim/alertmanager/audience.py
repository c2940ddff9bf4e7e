"""Who hears of an alert, as far as the configuration says: whether a receiver wakes anybody, or only writes to a chat.

Whether it really reaches them is for :mod:`promtrim.path.receivers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promtrim.alertmanager.routing import routes_of
from promtrim.alertmanager.sent import Sent
from promtrim.rulefile.model import Problem
from promtrim.stack.alertmanager_config import AlertmanagerConfig, Receiver

CHATS = frozenset({"slack", "discord", "msteams", "msteamsv2", "telegram", "webex", "wechat", "rocketchat", "mattermost"})
"""Integrations that write to a channel; nobody need look at it at night."""


def receivers_of(config: AlertmanagerConfig, alert: Sent) -> list[tuple[str, bool]]:
    """The receivers that an alert may reach, in order, each with whether it certainly does."""
    if config.route is None:
        return []
    found: dict[str, bool] = {}
    for each in routes_of(config.route, alert.labels):
        found[each.route.receiver] = found.get(each.route.receiver, False) or each.certain
    return list(found.items())


def only_chats(receivers: Sequence[Receiver]) -> bool:
    """Whether all that these receivers do is write to chats."""
    kinds = [each.kind for receiver in receivers for each in receiver.integrations]
    return bool(kinds) and all(kind in CHATS for kind in kinds)


def unheard(config: AlertmanagerConfig, alerts: Sequence[Sent]) -> Iterator[Problem]:
    """Critical alerts that reach only a chat, or nobody at all."""
    for alert in alerts:
        if not alert.critical:
            continue
        names = [name for name, _ in receivers_of(config, alert)]
        reached = [config.receivers[name] for name in names if name in config.receivers]
        if only_chats(reached):
            text = f"it matters tonight, but it reaches only a chat channel ({', '.join(names)})"
            yield Problem("only-chat", text, alert.file, alert.line, 0, alert.name)
        elif reached and not any(receiver.integrations for receiver in reached):
            text = f"it matters tonight, but its receiver is empty ({', '.join(names)})"
            yield Problem("empty-receiver", text, alert.file, alert.line, 0, alert.name)
