"""YAML with places: values as YAML means them, places as an editor counts them, bounds that hold."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from promtrim.errors import InputError
from promtrim.yamltext.located import Place, place_of, read_all, read_one


def test_places_of_keys_and_items():
    value = read_one("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", "f.yml")
    assert value == {"a": {"b": 1, "c": ["x", {"y": 2}]}}
    assert place_of(value, ("a", "b"), "f.yml") == Place("f.yml", 2, 3)
    assert place_of(value, ("a", "c", 1), "f.yml") == Place("f.yml", 5, 7)
    assert place_of(value, ("a", "c", 1, "y"), "f.yml") == Place("f.yml", 5, 7)


def test_a_path_that_leads_nowhere_has_the_place_of_where_it_ends():
    value = read_one("a:\n  b: 1\n", "f.yml")
    assert place_of(value, ("a", "x", "y"), "f.yml") == Place("f.yml", 1, 1)


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
    assert [(place.line, value) for place, value in found] == [(1, {"a": 1}), (3, {"b": 2})]


def test_a_repeated_key_is_refused_in_one_document_and_the_first_counts_in_a_stream():
    with pytest.raises(InputError, match="'a' stands twice") as caught:
        read_one("a: 1\na: 2", "f.yml")
    assert (caught.value.line, caught.value.column) == (2, 1)
    assert [value for _, value in read_all("a: 1\na: 2", "f.yml")] == [{"a": 1}]


@pytest.mark.parametrize("text", ["a: [", "a: *x", "a: &x [*x]", "? [a]\n: 1", "a: b: c", "x: {{ .Values.a }}", "a: \x01"])
def test_what_is_no_yaml_is_refused_with_file_and_line(text):
    with pytest.raises(InputError) as caught:
        read_one(text, "f.yml")
    assert caught.value.file == "f.yml"
    assert caught.value.line in (1, 2)


def test_one_document_only():
    with pytest.raises(InputError, match="second YAML document") as caught:
        read_one("a: 1\n---\nb: 2", "f.yml")
    assert caught.value.line == 3


def test_what_an_alias_unfolds_to_is_shared_not_copied():
    value = read_one("a: &a [1, 2]\nb: *a\nc: *a", "f")
    assert value["b"] is value["c"]
