"""Strangers' regular expressions: what Python may read otherwise than RE2 is a doubt, and says nothing on the way."""

from __future__ import annotations

import warnings

import pytest

from promtrim.patterns import matches


@pytest.mark.parametrize("pattern", ["[[x]", "[^[x]", "[a&&b]", "[a--b]", "[a~~b]", "[a||b]", "x[[:alpha:]]", r"\pL", "(?P<a>b)", "(a*)*", "("])
def test_a_doubt_without_a_word(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert matches(pattern, "a") is None


@pytest.mark.parametrize(("pattern", "value", "found"), [("a--b", "a--b", True), ("[a-z]+", "abc", True), ("a|b", "ab", False), ("", "", True), ("[^/]*", "a/b", False)])
def test_plain_ones_are_matched_whole(pattern: str, value: str, found: bool) -> None:
    assert matches(pattern, value) is found
