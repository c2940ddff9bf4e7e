"""Types of plain scalars, as Prometheus's reader gives them."""

from __future__ import annotations

import math

import pytest

from promtrim.yamltext import compose, to_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5m", "5m"),
        ("1", 1),
        ("-7", -7),
        ("0x1f", 31),
        ("0o17", 15),
        ("017", 15),
        ("0b101", 5),
        ("1_000", 1000),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("2024-01-01", "2024-01-01"),
        ("1:30", "1:30"),
        ("1.2.3", "1.2.3"),
        ("-", ["x"]),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 1", "1"),
        ("!!int '7'", 7),
        ("! 1", "1"),
        ("!custom 1", "1"),
    ],
)
def test_types(text: str, value: object) -> None:
    source = "- x\n" if text == "-" else f"{text}\n"
    assert to_plain(compose(source)[0]) == value


def test_not_a_number() -> None:
    assert math.isnan(to_plain(compose(".nan")[0]))


def test_a_number_of_a_million_digits_stays_text() -> None:
    digits = "9" * 1_000_000
    assert to_plain(compose(digits)[0]) == digits


def test_keys_are_text() -> None:
    assert to_plain(compose("1: a\ntrue: b\n~: c\n")[0]) == {"1": "a", "true": "b", "~": "c"}
