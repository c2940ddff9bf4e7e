"""Prometheus durations to seconds and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.durations import format_duration, parse_duration, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("0s", 0),
        ("30s", 30),
        ("1m30s", 90),
        ("1h", 3600),
        ("1d", 86400),
        ("1w", 604800),
        ("1y", 31536000),
        ("100ms", 0.1),
        ("1y2w3d4h5m6s7ms", 31536000 + 2 * 604800 + 3 * 86400 + 4 * 3600 + 5 * 60 + 6.007),
        (" 5m ", 300),
        ("90m", 5400),
    ],
)
def test_what_prometheus_reads(text: str, value: float) -> None:
    assert parse_duration(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", " ", "5", "m", "1.5h", "-5m", "5 m", "1m1h", "5min", "5M", "1s1s", "1h 30m"])
def test_what_it_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(("value", "text"), [(0, "0s"), (90, "1m30s"), (3600, "1h"), (0.25, "250ms"), (86400 * 8, "1w1d")])
def test_as_a_person_writes_it(value: float, text: str) -> None:
    assert format_duration(value) == text


@given(st.integers(0, 10**12))
def test_there_and_back(milliseconds: int) -> None:
    assert round(parse_duration(format_duration(milliseconds / 1000)) * 1000) == milliseconds


@pytest.mark.parametrize(("value", "found"), [(None, None), (15, 15), (1.5, 1.5), ("1m", 60), ("0", 0)])
def test_as_a_topology_gives_it(value: float | str | None, found: float | None) -> None:
    assert seconds(value) == found
