"""Steps of a push and what became of them. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

Mark = Literal["todo", "done", "same", "failed", "refused", "note"]
"""To be done; done; nothing to do; failed; not done for safety; something to know."""


class Step(msgspec.Struct, frozen=True):
    """One step, or one thing to know."""

    mark: Mark
    text: str
    detail: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What a push came to."""

    target: str
    address: str
    """Without secrets."""
    plan: str
    """The plan's id; "" where none was made (undo)."""
    steps: tuple[Step, ...]
    ok: bool
    """Whether the final state is the wanted one; of a dry run, whether it would be."""
    dry: bool = False

    @property
    def pending(self) -> bool:
        """Whether there is anything to do."""
        return any(step.mark == "todo" for step in self.steps)
