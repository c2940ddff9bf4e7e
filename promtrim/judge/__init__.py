"""What one rule is about and how much it matters: signal, tier, failure mode, components. Judgement, not proof.

The verdict comes from :mod:`promtrim.evaluate`; how rules relate to each other belongs in :mod:`promtrim.plan`.
"""
