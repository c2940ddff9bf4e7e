"""Text in, text out: rule files and the containers they come in, read with positions, cut without rewriting.

Nothing here knows what a rule means: no PromQL, no topology, no verdicts.
"""

from promtrim.rulefile.model import Container, Document, Position, Problem, Rule
from promtrim.rulefile.places import location_in_expr
from promtrim.rulefile.read import read, read_text

__all__ = ["Container", "Document", "Position", "Problem", "Rule", "location_in_expr", "read", "read_text"]
