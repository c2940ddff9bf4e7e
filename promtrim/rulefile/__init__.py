"""Text in, text out: rule files and the containers they come in, read with positions, cut without rewriting.

Nothing here knows what a rule means: no PromQL, no topology, no verdicts. The doors are ``reading``, ``places``,
``cutting``, ``compacting`` and ``writing``; what they pass to each other and to others is in ``model``.
"""
