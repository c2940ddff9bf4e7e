"""From the node of a ``groups:`` list to rules, collecting every mistake with its place.

Understands the fields of Prometheus 3 and of those who read the same files (Thanos, Mimir, Cortex, VictoriaMetrics).
What wraps the list, and what the expressions mean, does not belong here.
"""

from __future__ import annotations

from array import array
from typing import Any

from promtrim.durations import parse_duration
from promtrim.errors import InputError
from promtrim.rulefile.layout import GroupSpan, Path, Space, Unit, UnitKey, list_span
from promtrim.rulefile.logql import find_logql
from promtrim.rulefile.model import Problem, Rule
from promtrim.yamltext import Mapping, Node, Scalar, Sequence, duplicate_key, entries, is_null, resolve, to_plain
from promtrim.yamltext.nodes import MERGE
from promtrim.yamltext.plain import NULLS, scalar_value

GROUP_FIELDS = frozenset(
    (
        *("name", "interval", "query_offset", "limit", "rules", "labels"),
        *("partial_response_strategy",),  # Thanos
        *("source_tenants", "evaluation_delay", "align_evaluation_time_on_interval", "remote_write"),  # Mimir, Cortex
        *("type", "concurrency", "params", "headers", "notifier_headers", "eval_offset", "eval_delay"),
        *("eval_alignment", "tenant", "debug"),  # VictoriaMetrics
    )
)
RULE_FIELDS = frozenset(
    (
        *("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"),
        *("debug", "update_entries_limit"),  # VictoriaMetrics
    )
)
Fields = dict[str, Node]


class Sink:
    """Collects what one document yields."""

    def __init__(self, file: str, first_id: int, logql: frozenset[UnitKey] | None = None) -> None:
        self.file = file
        self._logql = logql
        self.next_id = first_id
        self.rules: list[Rule] = []
        self.problems: list[Problem] = []
        self.errors: list[InputError] = []
        self.units: list[Unit] = []

    def is_logql(self, unit: Unit, found: Rule | None) -> bool:
        """Whether a list of groups is for Loki: by what was found in it, or as it was known to be before a cut."""
        return found is not None if self._logql is None else unit.key in self._logql

    def error(self, space: Space, node: Node, message: str) -> None:
        place = space.position(node.start)
        self.errors.append(InputError(message, self.file, place.line, place.column))

    def problem(self, space: Space, node: Node, code: str, text: str, alert: str | None = None) -> None:
        place = space.position(node.start)
        self.problems.append(Problem(code, text, self.file, place.line, place.column, alert))


def read_groups(
    pair: tuple[Scalar, Node],
    space: Space,
    sink: Sink,
    path: Path = (),
    loaded: bool = True,
) -> None:
    """Read one list of groups into the sink; LogQL groups are noted and left whole.

    Args:
        pair: the key ``groups`` and its value.
        path: see :class:`~promtrim.rulefile.layout.Unit`.
        loaded: whether Prometheus loads these rules.
    """
    key, node = pair
    target = resolve(node)
    if is_null(target):
        return
    if not isinstance(target, Sequence):
        sink.error(space, node, "groups must be a list: begin each group with '- name:'")
        return
    unit = Unit(space, path, key.end, list_span(target), [])
    before = len(sink.rules), len(sink.problems), len(sink.errors), sink.next_id
    names: set[str] = set()
    for each in target.content:
        _Group(space, sink, loaded).read(each, unit, names)
    unit.logql = sink.is_logql(unit, logql := find_logql(sink.rules[before[0] :]))
    if unit.logql:
        del sink.rules[before[0] :], sink.problems[before[1] :], sink.errors[before[2] :]
        sink.next_id = before[3]
        unit.members.clear()
    if unit.logql and logql is not None:
        text = "these rules are LogQL, for Loki: they are left whole"
        sink.problems.append(Problem("logql", text, sink.file, logql.line, logql.column, logql.alert))
    sink.units.append(unit)


class _Group:
    """Reads one group; its fields are those that every rule of it shares."""

    def __init__(self, space: Space, sink: Sink, loaded: bool) -> None:
        self._space = space
        self._sink = sink
        self._loaded = loaded
        self._name = ""
        self._interval: float | None = None
        self._limit = 0
        self._labels: dict[str, str] = {}
        self._tenants: tuple[str, ...] = ()

    def read(self, node: Node, unit: Unit, names: set[str]) -> None:
        span = GroupSpan(self._sink.next_id, None, array("q"), {})
        unit.members.append(span)
        fields = self._fields(node, "a group", "'- name:'")
        if fields is None:
            return
        for name, value in fields.items():
            if name not in GROUP_FIELDS:
                text = f"Prometheus refuses a file with the unknown group field {name!r}"
                self._sink.problem(self._space, value, "unknown-field", text)
        span.header = {name: to_plain(value) for name, value in fields.items() if name != "rules"}
        self._header(node, fields, names)
        rules = fields.get("rules")
        if rules is None or is_null(rules):
            return
        listed = resolve(rules)
        if not isinstance(listed, Sequence):
            self._error(rules, "rules must be a list: begin each rule with '- alert:' or '- record:'")
            return
        span.rules = list_span(listed)
        for each in listed.content:
            self._rule(each, span)

    def _header(self, node: Node, fields: Fields, names: set[str]) -> None:
        name = fields.get("name")
        if name is None or is_null(name) or (isinstance(name, Scalar) and not name.value):
            self._error(node, "this group has no name: add 'name:'")
        else:
            self._name = self._text(name, "name") or ""
            if self._name in names:
                text = f"Prometheus refuses a file with two groups named {self._name!r}: rename one"
                self._sink.problem(self._space, name, "duplicate-group", text)
            names.add(self._name)
        if "interval" in fields:
            self._interval = self._duration(fields["interval"], "interval")
        for field in ("query_offset", "evaluation_delay"):
            if field in fields:
                self._duration(fields[field], field)
        if "limit" in fields and not is_null(fields["limit"]):
            limit = resolve(fields["limit"])
            number = scalar_value(limit) if isinstance(limit, Scalar) else None
            if isinstance(number, int) and not isinstance(number, bool):
                self._limit = number
            else:
                self._error(fields["limit"], "limit must be a whole number")
        if "labels" in fields:
            self._labels = self._texts(fields["labels"], "labels")
        tenants = resolve(fields["source_tenants"]) if "source_tenants" in fields else None
        if isinstance(tenants, Sequence):
            self._tenants = tuple(self._text(each, "source_tenants") or "" for each in tenants.content)
        elif tenants is not None and not is_null(tenants):
            self._error(fields["source_tenants"], "source_tenants must be a list of names")

    def _rule(self, node: Node, span: GroupSpan) -> None:
        fields = self._fields(node, "a rule", "'- alert:' or '- record:'")
        sink = self._sink
        if fields is None:
            return
        alert = expr = record = None
        for_ = keep = 0.0
        labels: dict[str, str] | None = None
        annotations: dict[str, str] = {}
        for name, value in fields.items():
            if name == "expr":
                expr = self._text(value, name)
            elif name == "alert":
                alert = self._text(value, name)
            elif name == "for":
                for_ = self._duration(value, name) or 0.0
            elif name == "labels":
                labels = self._texts(value, name)
            elif name == "annotations":
                annotations = self._texts(value, name)
            elif name == "record":
                record = self._text(value, name)
            elif name == "keep_firing_for":
                keep = self._duration(value, name) or 0.0
            elif name not in RULE_FIELDS:
                text = f"Prometheus refuses a file with the unknown rule field {name!r}"
                sink.problem(self._space, value, "unknown-field", text, alert)
        first = resolve(node)
        assert isinstance(first, Mapping)
        here = first.content[0].start if first is node and first.content else node.start
        self._check(node, fields, alert, record, expr)
        if not (alert or record) or not expr or expr.isspace():
            return
        if self._labels:
            labels = {**self._labels, **(labels or {})}
        place = self._space.position(here)
        sink.rules.append(
            Rule(
                sink.next_id,
                sink.file,
                place.line,
                place.column,
                self._name,
                alert or None,
                record or None,
                expr,
                {} if labels is None else labels,
                annotations,
                for_,
                keep,
                self._interval,
                None,
                0,
                self._loaded,
                self._limit,
                self._tenants,
            )
        )
        sink.next_id += 1
        written = resolve(fields["expr"])
        span.exprs.extend((written.start, written.end))

    def _check(self, node: Node, fields: Fields, alert: str | None, record: str | None, expr: str | None) -> None:
        """Mistakes that make it no rule at all."""
        if alert and record:
            self._error(node, f"both alert {alert!r} and record {record!r}: make two rules of it")
        elif not alert and not record:
            name_node = fields.get("alert", fields.get("record"))
            if name_node is None or isinstance(resolve(name_node), Scalar):
                self._error(node, "neither alert nor record: add 'alert:' with a name")
        if not expr or expr.isspace():
            bad = fields.get("expr")
            if bad is None or isinstance(resolve(bad), Scalar):
                of = f" of {alert or record!r}" if alert or record else ""
                self._error(node if bad is None else bad, f"the rule{of} has no expr: add one")
        if record and not alert:
            for field in ("for", "keep_firing_for", "annotations"):
                if field in fields and not is_null(fields[field]):
                    text = f"Prometheus refuses a recording rule with {field!r}: take it out"
                    self._sink.problem(self._space, fields[field], "invalid-recording-rule", text)

    def _fields(self, node: Node, what: str, begin: str) -> Fields | None:
        """A mapping's fields by name; None, and an error, where it is no mapping or has a key twice."""
        mapping = resolve(node)
        if type(mapping) is not Mapping:
            self._error(node, f"{what} must be a mapping: begin it with {begin}")
            return None
        content = mapping.content
        fields: Fields = {key.value: value for key, value in zip(content[::2], content[1::2]) if type(key) is Scalar}  # noqa: B905 - even
        if len(fields) * 2 == len(content) and MERGE not in fields:
            return fields
        twice = duplicate_key(mapping)
        if twice is not None:
            self._error(twice, f"the key {twice.value!r} stands twice in {what}: keep one")
            return None
        return {name: value for name, (_, value) in entries(mapping).items()}

    def _text(self, node: Node, field: str) -> str | None:
        """A field of text: any scalar will do, as for Prometheus; None for null and for what is none."""
        scalar = resolve(node)
        if type(scalar) is Scalar:
            value = scalar.value
            return None if value in NULLS and is_null(scalar) else value
        self._error(node, f"{field} must be text, not a {_kind(scalar)}: quote it")
        return None

    def _texts(self, node: Node, field: str) -> dict[str, str]:
        """Labels or annotations: a mapping of texts; null values are empty texts."""
        mapping = resolve(node)
        if type(mapping) is not Mapping:
            if not is_null(mapping):
                self._error(node, f"{field} must be a mapping of names to texts: write 'name: text' below it")
            return {}
        content = mapping.content
        try:
            found: dict[str, Any] = {
                key.value: value.value  # type: ignore[union-attr]
                for key, value in zip(content[::2], content[1::2])  # noqa: B905 - even
            }
            if len(found) * 2 == len(content) and MERGE not in found and NULLS.isdisjoint(found.values()):
                return found
        except AttributeError:
            pass  # an alias or a collection among them
        twice = duplicate_key(mapping)
        if twice is not None:
            self._error(twice, f"the key {twice.value!r} stands twice in {field}: keep one")
        return {name: self._text(value, f"{field}.{name}") or "" for name, (_, value) in entries(mapping).items()}

    def _duration(self, node: Node, field: str) -> float | None:
        if is_null(node):
            return None
        text = self._text(node, field)
        try:
            return None if text is None else parse_duration(text)
        except ValueError as error:
            self._error(node, f"{field}: {error}")
            return None

    def _error(self, node: Node, message: str) -> None:
        self._sink.error(self._space, node, message)


def _kind(node: Node) -> str:
    return "list" if isinstance(node, Sequence) else "mapping"
