"""Label sets against concrete ones: a label that a matcher lets through is never ruled out, and only what clashes clashes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.evaluate import labels as lb
from promtrim.evaluate.labels import ANYTHING, EMPTY, SET, Labels, Values
from promtrim.promql.tree import Matcher

TEXTS = ("", "a", "b", "ab", "web-1", "web-2", "db-1", "5xx", "500", "A")
PATTERNS = (
    "a", "a|b", "a|", "", ".*", ".+", "web-.*", "web-[0-9]", "(web|db)-1", "5..", "[ab]+", "(?i)a", "(a|b)", "(?:a|ab)",
    "w.*|d.*", r"web\-1", "[^a]*",
)  # fmt: skip

texts = st.sampled_from(TEXTS)
matchers = st.one_of(
    st.builds(Matcher, st.just("a"), st.sampled_from(("=", "!=")), texts),
    st.builds(Matcher, st.just("a"), st.sampled_from(("=~", "!~")), st.sampled_from(PATTERNS)),
)


def lets_through(matcher: Matcher, value: str) -> bool:
    """What Prometheus does; these patterns mean the same in Python."""
    if matcher.op in ("=", "!="):
        return (value == matcher.value) is (matcher.op == "=")
    return (re.fullmatch(matcher.value, value) is not None) is (matcher.op == "=~")


@st.composite
def values_with_member(draw: st.DrawFn) -> tuple[Values, str]:
    """What a few matchers on one label let through, and one such value."""
    value = draw(texts)
    chosen = draw(st.lists(matchers.filter(lambda each: lets_through(each, value)), min_size=1, max_size=3))
    values: Values | None = ANYTHING
    for each in chosen:
        assert values is not None
        values = lb.meet(values, lb.of_matcher(each))
    assert values is not None, f"{chosen} let {value!r} through"
    return values, value


@given(matchers, texts)
def test_a_matcher_accepts_what_prometheus_accepts(matcher: Matcher, value: str) -> None:
    values = lb.of_matcher(matcher)
    assert lb.accepts(values, value) is lets_through(matcher, value)


@given(values_with_member())
def test_several_matchers_accept_what_each_accepts(drawn: tuple[Values, str]) -> None:
    values, value = drawn
    assert lb.accepts(values, value)


@given(values_with_member(), values_with_member())
def test_what_both_hold_is_in_their_meet(left: tuple[Values, str], right: tuple[Values, str]) -> None:
    (a, value), (b, _) = left, right
    both = lb.meet(a, b)
    if lb.accepts(b, value):
        assert both is not None
        assert lb.accepts(both, value)
    elif both is not None:
        assert not lb.accepts(both, value)


@given(values_with_member(), values_with_member())
def test_what_either_holds_is_in_their_join(left: tuple[Values, str], right: tuple[Values, str]) -> None:
    joined = lb.join(left[0], right[0])
    assert lb.accepts(joined, left[1])
    assert lb.accepts(joined, right[1])


@given(values_with_member(), values_with_member())
def test_certain_is_certain(left: tuple[Values, str], right: tuple[Values, str]) -> None:
    (a, value), (b, _) = left, right
    if lb.certainly(a, b):
        assert lb.accepts(b, value)
    assert lb.certainly(a, a) or a.patterns


@given(values_with_member())
def test_a_label_that_is_present_has_a_value(drawn: tuple[Values, str]) -> None:
    values, value = drawn
    assert not (values.present and value == "")
    assert values.fixed in (None, value)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a", {"a"}),
        ("a|b", {"a", "b"}),
        ("(a|b)", {"a", "b"}),
        ("(?:a|b)", {"a", "b"}),
        ("a|", {"a", ""}),
        ("", {""}),
        (r"a\.b|c", {"a.b", "c"}),
        (r"10\.0\.0\.1:9100", {"10.0.0.1:9100"}),
        ("web-1|web-2", {"web-1", "web-2"}),
        ("a.b", None),
        ("a+", None),
        ("(a|b)c", None),
        ("(a)|(b)", None),
        (r"a\|b", None),
        (r"\d|a", None),
        ("(?i)a", None),
        ("(?i:a)", None),
        ("^a$", None),
        ("[ab]", None),
    ],
)
def test_alternatives_are_told_from_patterns(pattern: str, found: set[str] | None) -> None:
    assert lb.alternatives(pattern) == (None if found is None else frozenset(found))


class TestWhereRE2AndPythonDiffer:
    """Prometheus matches with RE2: what Python might read otherwise is left open."""

    @pytest.mark.parametrize(
        ("pattern", "value"),
        [
            (r"\p{Greek}", "α"),
            (r"\pL+", "abc"),
            (r"[[:alpha:]]+", "abc"),
            (r"\Qa.b\E", "a.b"),
            (r"a\z", "a"),
            (r"\x{41}", "A"),
            (r"(?U)a+", "aa"),
            (r"(?P<n>a)", "a"),
            (r"a{,5}", "aa"),
            (r".*", "a\nb"),
            (r"(?i)straße", "STRASSE"),
            (r"(?i)k", "\N{KELVIN SIGN}"),
            (r"(unclosed", "unclosed"),
            (r"a", "a" * 501),
        ],
    )
    def test_doubt_is_told(self, pattern: str, value: str) -> None:
        assert lb.matches(pattern, value) is None
        assert lb.accepts(Values(None, frozenset(), ((True, pattern),)), value)
        assert lb.accepts(Values(None, frozenset(), ((False, pattern),)), value)

    @pytest.mark.parametrize(("pattern", "value"), [(r"\w+", "é"), (r"\d", "٣"), (r"\s", "\N{NO-BREAK SPACE}")])
    def test_classes_are_of_ascii(self, pattern: str, value: str) -> None:
        assert lb.matches(pattern, value) is False

    @pytest.mark.parametrize(
        ("pattern", "value", "matched"),
        [("web", "web-1", False), ("web.*", "web-1", True), ("a|b", "ab", False), (r"(?i)WEB", "web", True), (".", "é", True)],
    )
    def test_matching_is_of_the_whole_value(self, pattern: str, value: str, matched: bool) -> None:
        assert lb.matches(pattern, value) is matched


# Whole label sets

NAMES = ("a", "b", "c", "__name__")
label_sets = st.dictionaries(st.sampled_from(NAMES), texts.filter(bool), max_size=4)


@st.composite
def labels_with_member(draw: st.DrawFn) -> tuple[Labels, dict[str, str]]:
    """What is known of a vector's labels, and the labels of one series that fits."""
    member = draw(label_sets)
    known = {}
    for name in NAMES:
        value = member.get(name, "")
        if draw(st.booleans()):
            known[name] = draw(
                st.sampled_from((Values(frozenset((value,))), Values(frozenset((value, "b"))), SET if value else EMPTY, ANYTHING))
            )
    is_open = draw(st.booleans()) or any(name not in known for name in member)
    return Labels(known, is_open), member


def fits(labels: Labels, member: dict[str, str]) -> bool:
    return all(lb.accepts(labels.get(name), member.get(name, "")) for name in {*labels.known, *member})


names = st.lists(st.sampled_from(NAMES[:3]), unique=True, max_size=3).map(tuple)


@given(labels_with_member(), names)
def test_labels_after_by(drawn: tuple[Labels, dict[str, str]], by: tuple[str, ...]) -> None:
    labels, member = drawn
    grouped = {name: value for name, value in member.items() if name in by}
    assert fits(lb.keep_only(labels, by), grouped)
    assert not fits(lb.keep_only(labels, by), {**grouped, "d": "1"})


@given(labels_with_member(), names)
def test_labels_after_without(drawn: tuple[Labels, dict[str, str]], without: tuple[str, ...]) -> None:
    labels, member = drawn
    left = {name: value for name, value in member.items() if name not in without}
    dropped = lb.drop(labels, without)
    assert fits(dropped, left)
    assert all(not fits(dropped, {**left, name: "a"}) for name in without)


@given(labels_with_member())
def test_labels_without_the_name(drawn: tuple[Labels, dict[str, str]]) -> None:
    labels, member = drawn
    nameless = {name: value for name, value in member.items() if name != "__name__"}
    assert fits(lb.nameless(labels), nameless)
    assert not fits(lb.nameless(labels), {**nameless, "__name__": "x"})


@given(labels_with_member(), labels_with_member())
def test_labels_of_a_union(left: tuple[Labels, dict[str, str]], right: tuple[Labels, dict[str, str]]) -> None:
    widened = lb.widen(left[0], right[0])
    assert fits(widened, left[1])
    assert fits(widened, right[1])


@given(labels_with_member(), labels_with_member(), st.one_of(st.none(), names), names)
def test_series_that_match_do_not_clash(
    left: tuple[Labels, dict[str, str]], right: tuple[Labels, dict[str, str]], on: tuple[str, ...] | None, ignoring: tuple[str, ...]
) -> None:
    (a, x), (b, y) = left, right
    compared = on if on is not None else [name for name in NAMES[:3] if name not in ignoring]
    if all(x.get(name, "") == y.get(name, "") for name in compared):
        assert lb.clash(a, b, on, () if on is not None else ignoring) is None


@pytest.mark.parametrize(
    ("a", "b", "on", "ignoring", "label"),
    [
        ({"a": "1"}, {"a": "2"}, None, (), "a"),
        ({"a": "1"}, {"a": "1"}, None, (), None),
        ({"a": "1"}, {"a": "2"}, None, ("a",), None),
        ({"a": "1"}, {"a": "2"}, ("b",), (), None),
        ({"a": "1", "b": "1"}, {"a": "2", "b": "1"}, ("b", "a"), (), "a"),
        ({"__name__": "x"}, {"__name__": "y"}, None, (), None),
        ({"__name__": "x"}, {"__name__": "y"}, ("__name__",), (), "__name__"),
        ({"a": "1"}, {}, None, (), None),
    ],
)
def test_what_clashes(
    a: dict[str, str], b: dict[str, str], on: tuple[str, ...] | None, ignoring: tuple[str, ...], label: str | None
) -> None:
    left, right = (Labels({name: Values(frozenset((value,))) for name, value in each.items()}) for each in (a, b))
    assert lb.clash(left, right, on, ignoring) == label


def test_a_label_that_is_certainly_gone_clashes_with_one_that_is_there() -> None:
    gone, there = Labels({}, open=False), Labels({"a": SET})
    assert lb.clash(gone, there, None) == "a"
    assert lb.clash(there, gone, ("a",)) == "a"
    assert lb.clash(gone, there, ("b",)) is None
