"""YAML nodes as text in flow style, on one line, read back as the same values. Cutting does not belong here."""

from __future__ import annotations

import re

from promtrim.yamltext import Mapping, Node, Scalar, entries, resolve
from promtrim.yamltext.plain import scalar_value

# A plain scalar in flow style: no indicator at its head, nothing inside that could end it.
_SAFE = re.compile(
    r"(?:[^\s,\[\]{}#&*!|>'\"%@`?:\-]|-(?=[^\s,\[\]{}]))(?:[^,\[\]{}#:\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*[^,\[\]{}#:\s\x7f-\x9f])?"
)
_MUST_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff]')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def flow_text(node: Node) -> str:
    """A node with aliases and merge keys resolved."""
    node = resolve(node)
    if isinstance(node, Scalar):
        return tag_text(node) + scalar_text(node)
    if isinstance(node, Mapping):
        return "{" + ", ".join(pair_text(key, value) for key, value in entries(node).values()) + "}"
    return "[" + ", ".join(flow_text(each) for each in node.content) + "]"


def pair_text(key: Scalar, value: Node) -> str:
    """A key and its value."""
    return f"{scalar_text(key) or quote('')}: {flow_text(value)}"


def tag_text(node: Node) -> str:
    """A node's tag, with the space that follows it."""
    tag = getattr(node, "tag", None)
    if tag is None or tag in ("!", "?"):
        return ""
    short: str = tag.removeprefix("tag:yaml.org,2002:")
    return f"!!{short} " if short != tag else f"{tag} " if tag.startswith("!") else f"!<{tag}> "


def scalar_text(node: Scalar) -> str:
    """A scalar: plain stays plain where flow style lets it, since plain text may have a type."""
    if node.is_plain and (not node.value or _SAFE.fullmatch(node.value)):
        return node.value
    return text(node.value)


def text(value: str) -> str:
    """A text in the style that needs the fewest marks: plain, single-quoted, or double-quoted."""
    if value and _SAFE.fullmatch(value) and scalar_value(Scalar(value, 0, 0, None)) == value and not _wordy(value):
        return value
    if ('"' in value or "\\" in value) and not _CONTROL.search(value):
        return "'" + value.replace("'", "''") + "'"
    return quote(value)


def quote(value: str) -> str:
    """A text as a double-quoted scalar on one line."""

    def escape(match: re.Match[str]) -> str:
        char = match.group()
        return _ESCAPES.get(char) or f"\\u{ord(char):04x}"

    return '"' + _MUST_ESCAPE.sub(escape, value) + '"'


def _wordy(value: str) -> bool:
    """Words and dates that older readers take for something else than text."""
    return value.lower() in ("yes", "no", "on", "off", "y", "n", "=", "<<") or (
        value[0].isdigit() and not value[-1].isalpha()
    )
