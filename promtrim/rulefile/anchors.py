"""Keeps aliases alive: where a cut takes an anchor away, the first alias that stays becomes the anchored node.

The one exception to "byte for byte": the alias is replaced by the node it stands for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from promtrim.rulefile.edits import Edit
from promtrim.rulefile.flow import scalar_text, tag_text
from promtrim.rulefile.layout import Space
from promtrim.yamltext import Alias, Mapping, Node, Scalar, compose
from promtrim.yamltext import Sequence as YamlSequence
from promtrim.yamltext.scalars import body_start

_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r|\Z)")


def move_anchors(space: Space, edits: Sequence[Edit]) -> tuple[list[Edit], list[str]]:
    """Edits that put anchored nodes in the place of aliases whose anchor is cut, and what to say about them."""
    mover = _Mover(space, edits)
    for root in compose(space.text, space.file):
        mover.defined.clear()
        if root is not None:
            mover.walk(root, None)
    return mover.edits, mover.notes


class _Mover:
    def __init__(self, space: Space, edits: Sequence[Edit]) -> None:
        self._space = space
        self._gone = sorted((edit.start, edit.end) for edit in edits if edit.end > edit.start)
        self._starts = [start for start, _ in self._gone]
        self.defined: dict[str, Node] = {}
        """What each name stands for at this point of the text that stays."""
        self.edits: list[Edit] = []
        self.notes: list[str] = []

    def walk(self, node: Node, parent: Mapping | YamlSequence | None) -> None:
        """Visit the nodes that stay, in the order of the text."""
        index = bisect_right(self._starts, node.start) - 1
        end_of_cut = self._gone[index][1] if index >= 0 else 0
        # A list begins with its first item, and stays when only that goes.
        if node.start < end_of_cut and (isinstance(node, Scalar | Alias) or node.end <= end_of_cut):
            return
        if isinstance(node, Alias):
            if self.defined.get(node.anchor) is not node.target:
                self._move(node, parent)
            return
        if node.anchor is not None:
            self.defined[node.anchor] = node
        if not isinstance(node, Scalar):
            for each in node.content:
                self.walk(each, node)

    def _move(self, alias: Alias, parent: Mapping | YamlSequence | None) -> None:
        self.defined[alias.anchor] = alias.target
        text = self._as_block(alias, parent) or f"&{alias.anchor} {self._flow(alias.target)}"
        self.edits.append(Edit(alias.start, alias.end, text))
        place = self._space.position(alias.start)
        self.notes.append(
            f"{self._space.file}:{place.line}:{place.column}: what *{alias.anchor} stood for is written here now, "
            "because what held its anchor is cut"
        )

    def _as_block(self, alias: Alias, parent: Mapping | YamlSequence | None) -> str | None:
        """The node as it was written, indented for its new place; None where only flow style will do."""
        text, node = self._space.text, alias.target
        if self._space.outer is not None or parent is None or parent.flow:
            return None
        if not _LINE_END.match(text, alias.end):
            return None
        if isinstance(node, Scalar):
            if node.style not in ("|", ">"):
                return None
        elif node.flow or _has_names(node):
            return None
        lines = self._space.lines
        body = body_start(text, node) if isinstance(node, Scalar) else node.content[0].start
        written = text[body : node.end].rstrip(" \t\r\n")
        first, *rest = written.splitlines(keepends=True)
        indents = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip()]
        key_line = lines.start(lines.line(alias.start))
        new = len(text[key_line : alias.start]) - len(text[key_line : alias.start].lstrip(" -")) + 2
        if isinstance(node, Scalar):
            if not re.fullmatch(r"[|>]-?[ \t]*", first.rstrip("\r\n")) or not indents:
                return None
            old, head = min(indents), first
        else:
            old = lines.position(body).column - 1
            head = ("\r\n" if "\r\n" in text else "\n") + " " * new + first
            if any(indent < old for indent in indents):
                return None
        moved = "".join(" " * new + line[old:] if line.strip() else line for line in rest)
        return f"&{alias.anchor}{' ' if isinstance(node, Scalar) else ''}{head}{moved}"

    def _flow(self, node: Node) -> str:
        """A node in flow style on one line; types and anchors inside are kept."""
        if isinstance(node, Alias):
            if self.defined.get(node.anchor) is node.target:
                return f"*{node.anchor}"
            self.defined[node.anchor] = node.target
            return f"&{node.anchor} {self._flow(node.target)}"
        if isinstance(node, Scalar):
            return self._properties(node) + scalar_text(node)
        inner = [self._properties(each) + self._bare(each) for each in node.content]
        if isinstance(node, Mapping):
            names = (f"{key} " if key.startswith("*") else key for key in inner[::2])  # `*a:` names an anchor "a:"
            pairs = zip(names, inner[1::2], strict=True)
            return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        return "[" + ", ".join(inner) + "]"

    def _bare(self, node: Node) -> str:
        return scalar_text(node) if isinstance(node, Scalar) else self._flow(node)

    def _properties(self, node: Node) -> str:
        """The tag and, inside a moved node, the anchor."""
        if isinstance(node, Alias):
            return ""
        found = ""
        if node.anchor is not None and node not in self.defined.values():
            self.defined[node.anchor] = node
            found = f"&{node.anchor} "
        return found + tag_text(node)


def _has_names(node: Mapping | YamlSequence) -> bool:
    """Whether anchors or aliases stand inside a node."""
    for each in node.content:
        if isinstance(each, Alias) or each.anchor is not None:
            return True
        if not isinstance(each, Scalar) and _has_names(each):
            return True
    return False
