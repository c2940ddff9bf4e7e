"""Text in, text out: rule files and the containers they come in, read with positions, cut without rewriting.

Nothing here knows what a rule means: no PromQL, no topology, no verdicts.
"""

from promtrim.rulefile.compacting import compact
from promtrim.rulefile.cutting import CutResult, cut
from promtrim.rulefile.model import Container, Document, Position, Problem, Rule
from promtrim.rulefile.places import location_in_expr
from promtrim.rulefile.reading import read, read_text
from promtrim.rulefile.writing import write_atomically

__all__ = [
    "Container",
    "CutResult",
    "Document",
    "Position",
    "Problem",
    "Rule",
    "compact",
    "cut",
    "location_in_expr",
    "read",
    "read_text",
    "write_atomically",
]
