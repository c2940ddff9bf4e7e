"""YAML with places: values as YAML means them, places as an editor counts them, bounds that hold."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from promtrim.errors import InputError
from promtrim.topology.located import Place, place_of, plain, read_all, read_one


def test_places_of_keys_and_items():
    value = read_one("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", "f.yml")
    assert value == {"a": {"b": 1, "c": ["x", {"y": 2}]}}
    assert place_of(value, ("a", "b"), "f.yml") == Place("f.yml", 2, 3)
    assert place_of(value, ("a", "c", 1), "f.yml") == Place("f.yml", 5, 7)
    assert place_of(value, ("a", "c", 1, "y"), "f.yml") == Place("f.yml", 5, 7)


def test_a_path_that_leads_nowhere_has_the_place_of_where_it_ends():
    value = read_one("a:\n  b: 1\n", "f.yml")
    assert place_of(value, ("a", "x", "y"), "f.yml") == Place("f.yml", 1, 1)


@pytest.mark.parametrize(
    "text", ["", "~", "null", "true", "no", "On", "12", "-3", "+4", "0x1f", "017", "1.5", ".5", "1e5", "1.5e+3", "x",
             "1.2.3", "12:30", "2026-01-01", "1..3", "3..", "0.0.0.0", ".inf", "-.INF", "0b11", "08"],
)  # fmt: skip
def test_scalars_mean_what_yaml_says_save_dates_and_base_sixty(text):
    # PyYAML knows YAML 1.1 only and reads 1e5 as text; Prometheus and Kubernetes read a number.
    expected = {"12:30": "12:30", "2026-01-01": "2026-01-01", "1e5": 1e5}
    assert plain(text) == expected.get(text, yaml.safe_load(text))


# Line ends other than \n are left out: PyYAML writes U+0085 so that it is read back as a blank.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=20)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), texts)
keys = st.text("abcxyz<", min_size=1)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4))
)


@given(values)
def test_reads_what_pyyaml_writes(value):
    assert read_one(yaml.safe_dump(value, allow_unicode=True), "f.yml") == value


def test_fractions_stay_as_written_where_asked():
    assert read_one("version: 2.40", "f", floats=False) == {"version": "2.40"}
    assert read_one("version: 2.40", "f") == {"version": 2.4}


def test_anchors_aliases_and_merge_keys():
    value = read_one("base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\nlist:\n  <<: [*b, {z: 9}]\nagain: *b\n", "f")
    assert value["more"] == {"x": 1, "y": 3}
    assert value["list"] == {"x": 1, "y": 2, "z": 9}
    assert value["again"] == value["base"]
    assert value["more"].at("x").line == 1


def test_several_documents_each_with_its_place():
    found = list(read_all("a: 1\n---\nb: 2\n---\n", "f"))
    assert [(place.line, value) for place, value in found] == [(1, {"a": 1}), (3, {"b": 2}), (5, None)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: [", 1, "no YAML"),
        ("a: 1\na: 2", 2, "stands here and in line 1"),
        ("a: 1\n---\nb: 2", 3, "second YAML document"),
        ("a: *x", 1, "names nothing"),
        ("a: &x [*x]", 1, "inside what it names"),
        ("? [a]\n: 1", 1, "plain text"),
        ("a: b: c", 1, "no YAML"),
        ("x: {{ .Values.a }}\n  y: 1", 1, "helm template"),
        ("a: 'b", 1, "no YAML"),
        ("a: \x00", 0, "no YAML"),
    ],
)
def test_says_what_is_wrong_and_where(text, line, said):
    with pytest.raises(InputError, match=said) as caught:
        read_one(text, "f.yml")
    assert caught.value.file == "f.yml"
    if line:
        assert caught.value.line in (line, line + 1)


def test_nesting_is_bounded():
    with pytest.raises(InputError, match="nested deeper"):
        read_one("[" * 100_000, "f")


def test_aliases_are_bounded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(InputError, match="unfold"):
        read_one("\n".join(lines), "f")
