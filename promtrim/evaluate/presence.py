"""Whether an expression can return any series at all: the question that a dashboard asks of its queries.

An alert's verdict answers it: what can never fire returns nothing in every possible world, at every time. Alerts' other
verdicts say nothing here: a panel that always shows something is what a panel is for.
"""

from __future__ import annotations

from promtrim.evaluate.verdict import Conclusion, Judge
from promtrim.promql.tree import Node


def nothing(judge: Judge, node: Node) -> Conclusion | None:
    """Why an expression can return nothing in this topology; None where it can return something, or nobody can tell.

    Also where all that can be is an error. What could be seen only for a moment after a restart is something.
    """
    conclusion = judge.judge(node)
    return conclusion if conclusion.verdict == "cannot-fire" else None
