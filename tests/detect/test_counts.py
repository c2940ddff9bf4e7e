"""Counts as a topology writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.topology.model import INFINITY, Count, parse_count


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0, Count(0, 0)),
        (3, Count(3, 3)),
        ("3", Count(3, 3)),
        ("1..3", Count(1, 3)),
        (" 1 .. 3 ", Count(1, 3)),
        ("3..", Count(3, INFINITY)),
        (None, None),
    ],
)
def test_reads(written, meant):
    assert parse_count(written) == meant


@pytest.mark.parametrize("written", ["", "x", "3..1", "-1", "1...3", "..3", "1.5", -1])
def test_refuses(written):
    with pytest.raises(ValueError, match=r"count|empty range|negative"):
        parse_count(written)


@given(st.integers(0, 10**6), st.one_of(st.none(), st.integers(0, 10**6)))
def test_text_of_a_count_is_read_back(lo, more):
    count = Count(lo, INFINITY if more is None else lo + more)
    assert parse_count(str(count)) == count
