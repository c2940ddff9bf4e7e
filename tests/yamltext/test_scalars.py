"""Each character of a scalar's value is found again in the text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from promtrim.yamltext import Alias, Node, Position, Scalar, compose, get, locate, scalar_map


def scalar(text: str) -> Scalar:
    found = get(compose(text)[0], "a")
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("text", "needle", "place"),
    [
        ("a: up == 0\n", "==", (1, 7)),
        ("a: &x !!str up == 0\n", "==", (1, 16)),
        ("a: first\n  second\n\n  third\n", "second", (2, 3)),
        ("a: first\n  second\n\n  third\n", "third", (4, 3)),
        ("a: 'it''s up'\n", "s up", (1, 9)),
        ("a: 'one\n  two'\n", "two", (2, 3)),
        ('a: "q=\\"x\\" + y"\n', "y", (1, 15)),
        ('a: "\\u00fc\\x41 z"\n', "z", (1, 16)),
        ('a: "one \\\n  \\  two"\n', "two", (2, 6)),
        ('a: "one\n\n\n  two"\n', "two", (4, 3)),
        ("a: |\n  one\n    two\n\n  three\n", "two", (3, 5)),
        ("a: |\n  one\n    two\n\n  three\n", "three", (5, 3)),
        ("a: |2\n    one\n  two\n", "two", (3, 3)),
        ("a: >\n  one\n  two\n\n  three\n    four\n  five\n", "two", (3, 3)),
        ("a: >\n  one\n  two\n\n  three\n    four\n  five\n", "five", (7, 3)),
        ("a: >-\n\n  one\n\n\n  two\n", "two", (6, 3)),
        ("a: &n\n  # words\n  |\n  one\n", "one", (4, 3)),
        ("a: |\r\n  one\r\n  two\r\n", "two", (3, 3)),
        ("a: | # words\n  🎫 one\n", "one", (2, 5)),
    ],
)
def test_locate(text: str, needle: str, place: tuple[int, int]) -> None:
    node = scalar(text)
    assert locate(text, node, node.value.index(needle)) == Position(*place)


def test_the_end_of_a_value_has_a_place() -> None:
    text = "a: up\nb: 1\n"
    assert locate(text, scalar(text), 2) == Position(1, 6)
    assert locate(text, scalar(text), 99) == Position(1, 6)


def test_taking_characters_out_of_a_literal_takes_their_indentation() -> None:
    text = "a: |\n    one\n    two\n    three\nb: 1\n"
    node = scalar(text)
    places = scalar_map(text, node)
    assert places is not None
    begin, end = node.value.index("two"), node.value.index("three")
    assert text[: places.begin[begin]] + text[places.begin[end] :] == "a: |\n    one\n    three\nb: 1\n"


def all_scalars(root: Node | None) -> Iterator[Scalar]:
    if isinstance(root, Scalar):
        yield root
    elif root is not None and not isinstance(root, Alias):
        for each in root.content:
            yield from all_scalars(each)


words = st.lists(
    st.sampled_from(["up", "==", " ", "  ", "\n", "\n\n", 'x{y="z"}', "it's", "\\", "ü", "🎫", "\t", "# no", ":"]),
    max_size=14,
)


@given(words.map("".join), st.sampled_from([None, '"', "'", "|", ">"]), st.integers(20, 60), st.booleans())
def test_every_style_of_every_writer_has_an_exact_map(value: str, style: str | None, width: int, native: bool) -> None:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if native else yaml.SafeDumper
    text = yaml.dump({"key": [value]}, Dumper=dumper, default_style=style, width=width, allow_unicode=True)
    for node in all_scalars(compose(text)[0]):
        places = scalar_map(text, node)
        assert places is not None, text
        assert len(places.at) == len(places.begin) == len(node.value) + 1
        assert list(places.begin) == sorted(places.begin)
        for offset, char in enumerate(node.value):
            if char.isalnum() and not (style == '"' and text[places.at[offset]] == "\\"):
                assert text[places.at[offset]] == char


@given(words.map("".join), st.sampled_from(["|", "|-", "|+", ">", ">-", ">+"]), st.integers(1, 4))
def test_block_scalars_as_people_write_them(value: str, header: str, indent: int) -> None:
    lines = [" " * indent + line if line else "" for line in ("x" + value).split("\n")]
    text = f"a: {header}\n" + "\n".join(lines) + "\nb: 1\n"
    node = scalar(text)
    assert scalar_map(text, node) is not None, text
