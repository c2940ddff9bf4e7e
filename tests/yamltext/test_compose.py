"""What the bounded YAML reader accepts, refuses, and says."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from promtrim.errors import InputError
from promtrim.yamltext import (
    Alias,
    Limits,
    Mapping,
    Node,
    Scalar,
    Sequence,
    compose,
    duplicate_key,
    entries,
    get,
    to_plain,
)
from promtrim.yamltext.reader import PythonParser
from promtrim.yamltext.reader import _Parser as NATIVE


def plain(text: str) -> object:
    return to_plain(compose(text)[0])


def refused(text: str, limits: Limits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        compose(text, "f.yml", limits) if limits else compose(text, "f.yml")
    return caught.value


def test_nodes_know_their_place_and_style() -> None:
    text = "a: {b: 'c'}\nd:\n- &x |\n  two\n  lines\n- *x\n"
    root = compose(text)[0]
    assert isinstance(root, Mapping)
    quoted = get(root, "a", "b")
    assert isinstance(quoted, Scalar)
    assert (text[quoted.start : quoted.end], quoted.style) == ("'c'", "'")
    listed = get(root, "d")
    assert isinstance(listed, Sequence)
    literal, alias = listed.content
    assert text[literal.start : literal.end] == "&x |\n  two\n  lines\n"
    assert text[alias.start : alias.end] == "*x"


def test_a_block_collection_ends_where_its_last_node_ends() -> None:
    text = "a:\n  b: 1\n\n# comment\nc: 2\n"
    inner = get(compose(text)[0], "a")
    assert isinstance(inner, Mapping)
    assert text[inner.start : inner.end] == "b: 1"


def test_offsets_count_characters_also_beyond_the_basic_plane() -> None:
    text = "🎫: 🏔\r\nnext: x\r\n"
    node = get(compose(text)[0], "next")
    assert isinstance(node, Scalar)
    assert text[node.start : node.end] == "x"


def test_merge_keys_own_keys_win_and_earlier_merges_over_later() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\n"
    assert plain(text) == {"a": {"x": 1, "y": 1}, "b": {"y": 2, "z": 2}, "c": {"x": 3, "y": 1, "z": 2}}


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert plain('"<<": {a: 1}') == {"<<": {"a": 1}}


def test_documents_and_empty_documents() -> None:
    assert [to_plain(root) for root in compose("---\n---\na: 1\n...\n---\n- 2\n")] == [None, {"a": 1}, [2]]
    assert compose("") == []
    assert compose("# only words\n") == []


def test_a_key_that_stands_twice_is_noticed() -> None:
    root = compose("a: 1\nb: 2\na: 3\n")[0]
    assert isinstance(root, Mapping)
    twice = duplicate_key(root)
    assert twice is not None
    assert twice.start == 10
    assert to_plain(entries(root)["a"][1]) == 1


def test_nesting_is_bounded() -> None:
    error = refused("[" * 100_000)
    assert "nested deeper than 200 levels" in error.message
    assert (error.line, error.column) == (1, 201)
    deep = "\n".join("  " * level + "a:" for level in range(3000))
    assert "nested deeper" in refused(deep).message


def test_a_chain_of_aliases_is_nesting_too() -> None:
    chain = "- &a0 [x]\n" + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 1000))
    assert "through aliases" in refused(chain).message


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    error = refused(bomb)
    assert "aliases stand for more than 1000000 nodes" in error.message
    assert error.line == 6


def test_many_honest_aliases_are_fine() -> None:
    text = "base: &b {severity: critical}\nlist:\n" + "- *b\n" * 20_000
    assert len(plain(text)["list"]) == 20_000  # type: ignore[index]


def test_an_alias_inside_what_it_names() -> None:
    assert "stands inside what it names" in refused("a: &a [*a]").message


def test_an_alias_that_names_nothing() -> None:
    error = refused("a: 1\nb: *c\n")
    assert str(error) == "f.yml:2:4: *c names nothing above it, define &c first"


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("a: b: c\n", (1, 5), "quote a value that holds ': '"),
        ("a:\n\t- b\n", (2, 1), "indent with spaces"),
        ("a: 'b\n", (2, 1), "close the quote"),
        ("a: [b, c\n", (2, 1), "close the bracket"),
        ('a: "\\d+"\n', (1, 5), "double the backslash"),
        ("- a\nb: c\n", (2, 1), "indent every item of the list alike"),
        ("a:\n  - b\n - c\n", (3, 2), "indent"),
        ("a: @b\n", (1, 4), "quote values that begin with @"),
        ("a: {{ $labels.instance }} is down\n", (1, 5), "quote a value that begins with {{"),
        ("a: {{ $labels.instance }}\n", (1, 5), "quote a value that begins with {{"),
        ("? [a]\n: b\n", (1, 3), "a key must be text"),
    ],
)
def test_broken_yaml_says_where_and_what_to_do(text: str, place: tuple[int, int], advice: str) -> None:
    error = refused(text)
    assert advice in error.message
    assert (error.file, error.line) == ("f.yml", place[0])
    assert abs(error.column - place[1]) <= 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("groups:\n{{- if .Values.rules }}\n- name: a\n{{- end }}\n", 2),
        ("replicas: {{ .Values.replicas }}\n", 1),
        ('metadata:\n  labels: {{ include "x.labels" . | nindent 4 }}\n', 2),
        ("{{ range .Values.groups }}\n- name: {{ .name }}\n{{ end }}\n", 1),
        ("a: 1\n{{- with .Values.x }}\nb: 2\n{{- end }}\n", 2),
    ],
)
def test_an_unrendered_template_is_called_so(text: str, line: int) -> None:
    error = refused(text)
    assert "render it first with helm template" in error.message
    assert error.line == line


def test_templates_inside_quotes_and_comments_are_text() -> None:
    assert plain('# {{ .Values.x }}\na: "{{ .Values.x }}"\nb: x{{- y }}\n') == {"a": "{{ .Values.x }}", "b": "x{{- y }}"}


def test_control_characters_are_no_text() -> None:
    error = refused("a: b\nc: \x01\n")
    assert "U+0001" in error.message
    assert (error.line, error.column) == (2, 4)


def test_half_a_surrogate_pair_is_an_error_and_no_crash() -> None:
    assert "surrogate" in refused("a: \ud800").message


class TestWithoutLibyaml:
    """PyYAML may have been built without libyaml: the pure parser must lead to the same nodes and bounds."""

    @pytest.fixture(autouse=True)
    def pure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("promtrim.yamltext.reader._Parser", PythonParser)

    def test_the_same_nodes(self, fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for path in sorted((fixtures / "odd").glob("*.yml")):
            text = path.read_text().removeprefix("\ufeff")
            pure = [outline(root) for root in compose(text)]
            with monkeypatch.context() as native:
                native.setattr("promtrim.yamltext.reader._Parser", NATIVE)
                assert pure == [outline(root) for root in compose(text)], path.name

    def test_the_same_bounds(self) -> None:
        assert "nested deeper than 200 levels" in refused("[" * 2000).message
        assert "U+0001" in refused("a: \x01").message
        assert "helm template" in refused("{{- if .Values.x }}\na: 1\n").message


def outline(node: Node | None) -> object:
    """A node with its places, for comparing."""
    if node is None or isinstance(node, Alias):
        return node and (node.anchor, node.start, node.end)
    inner = node.value if isinstance(node, Scalar) else [outline(each) for each in node.content]
    style = (node.style or "") if isinstance(node, Scalar) else node.flow
    return inner, node.start, node.end, style, node.anchor


# PyYAML writes `0E0` and `0o7` without quotes: to YAML 1.1 they are text, to go-yaml numbers (test_plain.py has those).
texts = st.text(max_size=8).filter(lambda text: not re.match(r"[-+.]*[0-9]", text))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(texts.filter(bool), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values, st.booleans(), st.sampled_from([None, '"', "'", "|", ">"]))
def test_reads_whatever_was_written(value: object, flow: bool, style: str | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, default_style=style, allow_unicode=True)
    roots = compose(text)
    expected = yaml.safe_load(text)
    assert (to_plain(roots[0]) if roots else None) == expected


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@` \n\t#\r\u2028\x85", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        for root in compose(text):
            to_plain(root)
