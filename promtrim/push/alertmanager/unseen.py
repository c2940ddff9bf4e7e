"""What of a plan and its Prometheus a push to an Alertmanager needs to know beside the alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promtrim.alertmanager.sent import sender_of
from promtrim.plan.model import Plan


def unseen(plan: Plan) -> list[str]:
    """Names of alerts that stand for a blind spot of their own: nothing feeds, loads or watches what they speak of.

    That alerts reach nobody at all is a blind spot too, but no reason to leave the noisy ones loud.
    """
    spots = [each for each in plan.blind_spots if (each.component, each.failure_mode) != ("monitoring", "monitoring")]
    return list(dict.fromkeys(name for spot in spots for name in spot.alerts))


def external_labels(plan: Plan, configs: Sequence[str], match: Mapping[str, str] | None) -> dict[str, str]:
    """External labels of the sender: from its configuration, corrected by what a person says."""
    files = list(configs) or [each.followed_from for each in plan.documents if each.followed_from]
    known = sender_of(files) if files else None
    return {**(known.external if known is not None and known.known else {}), **(match or {})}
