"""Text that is safe to show: on one line, without what steers a terminal, broken at spaces.

Rule files come from strangers. Colours are for :mod:`promtrim.output.terminal`.
"""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text on one line: control, format and unpaired surrogate characters as ``\\x1b``, ``\\u202e``.

    Line breaks become one space, as in a YAML plain scalar.
    """
    if text.isprintable():
        return text
    if "\n" in text or "\t" in text:
        text = " ".join(text.split())
    return visible(text)


def visible(text: str, besides: str = "") -> str:
    """The text with what nobody can see, and what steers terminals and the direction of lines, as escapes.

    Args:
        besides: characters that stay as they are (line breaks, tabs).
    """
    return "".join(char if char.isprintable() or char in besides else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def wrapped(text: str, width: int, indent: str = "", first: str | None = None) -> list[str]:
    """Break a line at spaces, so that no line is longer than ``width`` unless a word is.

    Args:
        indent: begins every line, and counts in its width.
        first: begins the first line instead of ``indent``.
    """
    lines: list[str] = []
    current = indent if first is None else first
    empty = True
    for word in one_line(text).split(" "):
        if not word:
            continue
        if not empty and len(current) + 1 + len(word) > width:
            lines.append(current)
            current, empty = indent, True
        current += word if empty else " " + word
        empty = False
    lines.append(current)
    return lines
