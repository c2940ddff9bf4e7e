"""The labels by which the Alertmanager knows the Prometheus that sends a plan's alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promtrim.alertmanager.sent import sender_of
from promtrim.plan.model import Plan


def external_labels(plan: Plan, configs: Sequence[str], match: Mapping[str, str] | None) -> dict[str, str]:
    """External labels of the sender: from its configuration, corrected by what a person says."""
    files = list(configs) or [each.followed_from for each in plan.documents if each.followed_from]
    known = sender_of(files) if files else None
    return {**(known.external if known is not None and known.known else {}), **(match or {})}
