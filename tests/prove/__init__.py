"""The proof: worlds that agree with a topology, run through the real Prometheus, against what the evaluator claims.

``worlds`` makes series from facts, ``promtool`` has Prometheus evaluate them, ``claims`` compares. Nothing here knows how
the evaluator comes to a verdict. Worlds and what Prometheus says of them do not depend on it either, so that ``mutants``
can break the evaluator in known ways and look whether the same worlds tell.
"""
