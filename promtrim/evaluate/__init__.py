"""The abstract interpreter of PromQL: what an expression can return in all worlds that agree with a topology.

Pure. Knows PromQL; learns about metrics only through :mod:`promtrim.knowledge`. It never sees the names of alerts and
groups, annotations or comments. ``verdict.judge_expression`` is the door.
"""
