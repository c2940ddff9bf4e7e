"""The verdicts, one row each: ``verdicts.yml``, by chapters of PromQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from promtrim.evaluate.verdict import Conclusion

TABLE = Path(__file__).resolve().parent / "verdicts.yml"


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    """An expression and what is to be said of it."""

    expr: str
    verdict: str
    topology: str | dict[str, Any] = "one"
    for_: str = "0s"
    records: tuple[tuple[Any, ...], ...] = ()
    cause: str | None = None
    """Compared always: a verdict other than ``can-fire`` has a cause, save that of a constant."""
    meaningless: bool = False
    constant: bool = False
    reason: str = ""
    """A piece of the sentence that a person reads."""


def _rows() -> list[Any]:
    chapters = msgspec.convert(yaml.safe_load(TABLE.read_text("utf-8")), dict[str, tuple[Row, ...]])
    return [
        pytest.param(row, id=f"{chapter}: {row.expr}" + ("" if row.topology == "one" else f" [{row.topology}]"))
        for chapter, rows in chapters.items()
        for row in rows
    ]


@pytest.mark.parametrize("row", _rows())
def test_verdict(row: Row, judge: Callable[..., Conclusion]) -> None:
    found = judge(row.expr, row.topology, row.for_, list(row.records))
    told = (found.verdict, found.cause, found.meaningless is not None, found.constant)
    assert told == (row.verdict, row.cause, row.meaningless, row.constant), found.because or found.meaningless
    assert row.reason in (found.meaningless or found.because)


@pytest.mark.parametrize("row", _rows())
def test_a_verdict_that_drops_an_alert_says_why(row: Row, judge: Callable[..., Conclusion]) -> None:
    found = judge(row.expr, row.topology, row.for_, list(row.records))
    assert (found.verdict == "can-fire" and not found.meaningless) or found.because or found.meaningless


def test_the_table_is_no_accident() -> None:
    rows = [param.values[0] for param in _rows()]
    assert len(rows) >= 150
    assert len({msgspec.json.encode((row.expr, row.topology, row.for_, row.records)) for row in rows}) == len(rows)
