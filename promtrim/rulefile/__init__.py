"""Text in, text out: rule files and the containers they come in, read with positions, cut without rewriting.

Nothing here knows what a rule means: no PromQL, no topology, no verdicts.
"""
