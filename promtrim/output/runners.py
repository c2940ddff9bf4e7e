"""Text for the logs of CI runners, which take some lines for commands: none of ours may be one.

GitHub's runner obeys a line that begins with ``::`` after white space, and ``##[`` anywhere in it; Azure's ``##vso[``,
TeamCity's ``##teamcity[`` (actions/runner, ActionCommand.cs). Alert names and paths come from strangers.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"^([ \t]*):(?=:)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")


def harmless(text: str) -> str:
    """The text with a space inside whatever a runner would obey."""
    if "##" in text:
        text = _OLD_COMMAND.sub("# #", text)
    return _COMMAND.sub(r"\1: ", text) if "::" in text else text
