"""The one style that rewrites: kept rules in as few lines as they stay readable in, everything else as it was.

groups:
  - name: shop
    rules:
      - {alert: ShopDown, for: 1m, labels: {severity: critical},
         expr: 'up{job="shop"} == 0',
         annotations: {summary: The shop is down}}
"""

from __future__ import annotations

from collections.abc import Collection

from promtrim.errors import InputError, PromtrimError
from promtrim.rulefile.edits import Edit, apply_edits
from promtrim.rulefile.flow import flow_text, pair_text, quote, text
from promtrim.rulefile.layout import GroupSpan, Layout, Space, Unit
from promtrim.rulefile.model import Document, Rule
from promtrim.rulefile.oneline import one_line
from promtrim.rulefile.reading import read_text
from promtrim.rulefile.verify import fields
from promtrim.yamltext import Mapping, Node, Scalar, Sequence, compose, entries, resolve

WIDTH = 110
"""Columns up to which a whole rule goes on one line."""
_LAST = ("expr", "annotations")


def compact(document: Document, keep: Collection[int]) -> str:
    """A document with its kept rules written anew, as short as they stay readable.

    Every field of a kept rule stays equal, save the white space and comments of its expression. Comments go, but for
    ``# promtrim:`` directives of kept rules, without which the next run would decide otherwise. In resources and values
    files what stands around the groups stays as it is.

    Args:
        document: as :func:`promtrim.rulefile.read` returned it.
        keep: ids of the rules to keep; ids of other documents count for nothing.

    Raises:
        InputError: the result would not read as planned.
    """
    if document.container in ("none", "logql") or not document.layout.units:
        return document.text
    layout: Layout = document.layout
    writer = _Writer(document, frozenset(keep))
    if document.container == "rule-file":
        result = writer.whole_file(layout)
    else:
        result = apply_edits(document.text, writer.in_place(layout))
    _verify(document, frozenset(keep), result)
    return result


class _Writer:
    """Writes the rules of one document."""

    def __init__(self, document: Document, keep: frozenset[int]) -> None:
        self._keep = keep
        self._rules = {rule.id: rule for rule in document.rules}
        self._break = "\r\n" if "\r\n" in document.text else "\n"

    def whole_file(self, layout: Layout) -> str:
        """A plain file from nothing: its own fields, then its groups, document by document."""
        return self._plain(layout.space, layout.units)

    def _plain(self, space: Space, units: list[Unit]) -> str:
        roots = compose(space.text, space.file)
        pieces: list[str] = []
        for index, root in enumerate(roots):
            unit = next((each for each in units if each.path[0] == index and not each.logql), None)
            mapping = None if root is None else resolve(root)
            lines: list[str] = []
            if isinstance(mapping, Mapping):
                for key, value in entries(mapping).values():
                    if unit is None or key.value != "groups":
                        lines.append(pair_text(key, value))
                    else:
                        lines += self._groups(value, unit, "")
            elif mapping is not None:
                lines.append(flow_text(mapping))
            if index or not lines:  # an empty first document must stay: Prometheus reads the first only
                lines.insert(0, "---")
            pieces += lines
        while pieces and pieces[-1] == "---":
            pieces.pop()
        return "".join(piece + self._break for piece in pieces)

    def in_place(self, layout: Layout) -> list[Edit]:
        """For each list of groups, or text that holds one, its replacement."""
        edits: list[Edit] = []
        roots = compose(layout.space.text, layout.space.file)
        embedded: dict[int, tuple[Space, list[Unit]]] = {}
        for unit in layout.units:
            if unit.logql:
                continue
            if unit.space.outer is not None:
                embedded.setdefault(id(unit.space), (unit.space, []))[1].append(unit)
                continue
            edits.append(self._list_edit(unit, _follow(roots, unit.path)))
        edits += [self._text_edit(space, units) for space, units in embedded.values()]
        return edits

    def _list_edit(self, unit: Unit, node: Node) -> Edit:
        source = unit.space.text
        colon = source.index(":", unit.key_end)
        line_start = source.rfind("\n", 0, colon) + 1
        lead = source[line_start:colon]
        end = unit.groups.start + len(source[unit.groups.start : unit.groups.end].rstrip(" \t\r\n"))
        while source[end : end + 1] in (" ", "\t"):
            end += 1
        if unit.groups.flow or isinstance(node, Scalar) or unit.groups.start < colon:
            kept = [self._group_flow(group, each) for group, each in self._kept(node, unit)]
            return Edit(unit.groups.start, unit.groups.end, "[" + ", ".join(kept) + "]")
        indent = " " * (len(lead) - len(lead.lstrip(" -")))
        lines = self._groups(node, unit, indent)
        return Edit(colon, end, self._after_colon(lines))

    def _after_colon(self, lines: list[str]) -> str:
        first = lines[0].strip().removeprefix("groups")
        return self._break.join([first, *lines[1:]])

    def _text_edit(self, space: Space, units: list[Unit]) -> Edit:
        """The scalar that holds a rule file, as a literal block scalar where it can be one."""
        assert space.scalar is not None
        assert space.outer is not None
        inner = self._plain(space, units).replace("\r\n", "\n")
        scalar, source = space.scalar, space.outer.text
        line_start = source.rfind("\n", 0, scalar.start) + 1
        line = source[line_start : scalar.start]
        begin = line.lstrip(" -")
        rest = source[scalar.end :].split("\n", 1)[0] if scalar.style not in ("|", ">") else ""
        if begin.startswith(("{", "[", '"')) or not begin.rstrip().endswith(":") or rest.strip():
            return Edit(scalar.start, scalar.end, quote(inner))
        indent = " " * (len(line) - len(begin) + 2)
        body = "".join(indent + each + self._break for each in inner.splitlines())
        tail = "" if scalar.style in ("|", ">") else None
        written = f"|{self._break}{body}"
        return Edit(scalar.start, scalar.end, written if tail is not None else written.removesuffix(self._break))

    def _groups(self, node: Node, unit: Unit, indent: str) -> list[str]:
        kept = self._kept(node, unit)
        if not kept:
            return [f"{indent}groups: []"]
        lines = [f"{indent}groups:"]
        for group, mapping in kept:
            lead = f"{indent}  - "
            for key, value in entries(mapping).values():
                if key.value != "rules":
                    lines.append(lead + pair_text(key, value))
                    lead = f"{indent}    "
            lines.append(f"{lead}rules:")
            for rule, inner in self._kept_rules(group, mapping):
                lines += self._rule(rule, inner, f"{indent}      ")
        return lines

    def _kept(self, node: Node, unit: Unit) -> list[tuple[GroupSpan, Mapping]]:
        listed = resolve(node)
        if not isinstance(listed, Sequence):
            return []
        return [
            (group, mapping)
            for group, each in zip(unit.members, listed.content, strict=True)
            if isinstance(mapping := resolve(each), Mapping)
            and any(group.first + number in self._keep for number in range(len(group.exprs) // 2))
        ]

    def _kept_rules(self, group: GroupSpan, mapping: Mapping) -> list[tuple[Rule, Mapping]]:
        listed = resolve(entries(mapping)["rules"][1])
        assert isinstance(listed, Sequence)
        return [
            (self._rules[group.first + number], inner)
            for number, each in enumerate(listed.content)
            if group.first + number in self._keep and isinstance(inner := resolve(each), Mapping)
        ]

    def _rule(self, rule: Rule, mapping: Mapping, indent: str) -> list[str]:
        head, *tail = self._rule_parts(mapping)
        lines = [f"{indent}# promtrim: {rule.directive}"] if rule.directive else []
        whole = f"{indent}- {{{', '.join([head, *tail])}}}"
        if len(whole) <= WIDTH:
            return [*lines, whole]
        lines.append(f"{indent}- {{{head},")
        lines += [f"{indent}   {part}," for part in tail[:-1]]
        return [*lines, f"{indent}   {tail[-1]}}}"]

    def _group_flow(self, group: GroupSpan, mapping: Mapping) -> str:
        """A group on one line, for files in flow style (JSON)."""
        pieces = []
        for key, value in entries(mapping).values():
            if key.value == "rules":
                rules = (", ".join(self._rule_parts(inner)) for _, inner in self._kept_rules(group, mapping))
                pieces.append("rules: [" + ", ".join(f"{{{rule}}}" for rule in rules) + "]")
            else:
                pieces.append(pair_text(key, value))
        return "{" + ", ".join(pieces) + "}"

    @staticmethod
    def _rule_parts(mapping: Mapping) -> list[str]:
        """What goes on each line: name and short fields, the expression, the annotations."""
        found = entries(mapping)
        names: list[str] = [name for name in ("alert", "record") if name in found]
        names += [name for name in found if name not in (*names, *_LAST)]
        parts = [", ".join(pair_text(*found[name]) for name in names)]
        expr = resolve(found["expr"][1])
        assert isinstance(expr, Scalar)
        parts.append(f"expr: {text(one_line(expr.value))}")
        if "annotations" in found:
            parts.append(f"annotations: {flow_text(found['annotations'][1])}")
        return parts


def _follow(roots: list[Node | None], path: tuple[str | int, ...]) -> Node:
    node = roots[path[0]]  # type: ignore[index]
    for step in path[1:]:
        assert node is not None
        inner = resolve(node)
        if isinstance(inner, Mapping):
            node = entries(inner)[str(step)][1]
        else:
            assert isinstance(inner, Sequence)
            node = inner.content[int(step)]
    assert node is not None
    return node


def _verify(document: Document, keep: frozenset[int], result: str) -> None:
    layout: Layout = document.layout
    logql = frozenset(unit.key for unit in layout.units if unit.logql)
    try:
        after = read_text(result, document.file, logql=logql).rules
    except PromtrimError as error:
        raise InputError(f"cannot be written in compact style ({error}): use --style preserve", document.file) from None
    before = [rule for rule in document.rules if rule.id in keep]
    same = len(before) == len(after) and all(
        _comparable(old) == _comparable(new) for old, new in zip(before, after, strict=True)
    )
    if not same:
        raise InputError("cannot be written in compact style without a change: use --style preserve", document.file)


def _comparable(rule: Rule) -> tuple[object, ...]:
    return (one_line(rule.expr), *(each for each in fields(rule) if each is not rule.expr))
