"""A plan's id: the same for the same decisions, wherever and whenever the plan is made."""

from __future__ import annotations

import hashlib

import msgspec

from promtrim.plan.model import Plan


def plan_id(plan: Plan) -> str:
    """Twelve hexadecimal digits of what the plan decides: each rule as it is evaluated, and whether it stays.

    File names, comments, annotations and the time play no part.
    """
    decided = sorted(
        (
            rule.group, rule.alert or "", rule.record or "", " ".join(rule.expr.split()), sorted(rule.labels.items()),
            rule.for_, rule.keep_firing_for, each.keep,
        )
        for each in plan.rules
        for rule in (each.judged.rule,)
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(decided)).hexdigest()[:12]
