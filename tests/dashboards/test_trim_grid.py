"""The grid closes up: laws over random grids, and how usual lines look afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.dashboards.existing.grid import COLUMNS, Box, close_up
from tests.dashboards.asking import overlapping


@st.composite
def tidy_grids(draw: st.DrawFn) -> tuple[list[Box], list[bool]]:
    """Grids without overlaps, as Grafana draws them: each box as far up as those above leave room, with gaps at times."""
    heights = [0] * COLUMNS
    boxes = []
    for _ in range(draw(st.integers(1, 14))):
        w = draw(st.sampled_from((3, 4, 6, 8, 12, 24, 5, 1)))
        x = draw(st.integers(0, COLUMNS - w))
        y = max(heights[x : x + w]) + draw(st.sampled_from((0, 0, 0, 0, 2)))
        h = draw(st.integers(1, 9))
        heights[x : x + w] = [y + h] * w
        boxes.append(Box(x, y, w, h))
    return boxes, draw(st.lists(st.booleans(), min_size=len(boxes), max_size=len(boxes)))


@given(tidy_grids())
def test_laws(case: tuple[list[Box], list[bool]]) -> None:
    boxes, gone = case
    after = close_up(boxes, gone)
    left = [(old, new) for old, new, out in zip(boxes, after, gone, strict=True) if not out]
    new = [box for _, box in left]
    assert not overlapping(new)
    for old, box in left:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.w <= COLUMNS
        assert box.h == old.h
        assert old.w <= box.w <= 3 * old.w + 1
        assert box.y <= old.y
    for a, (old_a, new_a) in enumerate(left):
        for old_b, new_b in left[:a]:
            if old_a.x + old_a.w <= old_b.x and old_a.y < old_b.y + old_b.h and old_b.y < old_a.y + old_a.h:
                assert not new_b.x + new_b.w <= new_a.x or new_a.y != new_b.y, "left of each other, in one line"
            if old_a.y + old_a.h <= old_b.y and old_a.x < old_b.x + old_b.w and old_b.x < old_a.x + old_a.w:
                assert new_a.y + new_a.h <= new_b.y or new_a.x + new_a.w <= new_b.x or new_b.x + new_b.w <= new_a.x
    if not any(gone):
        assert after == boxes
    assert close_up(new, [False] * len(new)) == new


def line(*widths: int, y: int = 0, h: int = 8) -> list[Box]:
    boxes = []
    x = 0
    for w in widths:
        boxes.append(Box(x, y, w, h))
        x += w
    return boxes


@pytest.mark.parametrize(
    ("widths", "gone", "after"),
    [
        ((8, 8, 8), {1}, [(0, 12), (12, 12)]),
        ((8, 8, 8), {0, 1}, [(0, 24)]),
        ((6, 6, 6, 6), {3}, [(0, 8), (8, 8), (16, 8)]),
        ((12, 6, 6), {0}, [(0, 12), (12, 12)]),
        ((6, 6, 6, 6), {0, 1, 2}, [(0, 6)]),  # a tile alone stays a tile
        ((6, 18), {1}, [(0, 6)]),
        ((3,) * 8, {2, 5}, [(0, 4), (4, 4), (8, 4), (12, 4), (16, 4), (20, 4)]),
        ((6, 6, 6), {0}, [(0, 6), (6, 6)]),  # the line was not full before
    ],
)
def test_a_line(widths: tuple[int, ...], gone: set[int], after: list[tuple[int, int]]) -> None:
    boxes = close_up(line(*widths), [number in gone for number in range(len(widths))])
    assert [(box.x, box.w) for number, box in enumerate(boxes) if number not in gone] == after


def test_what_is_below_moves_up_and_stays_together() -> None:
    boxes = [*line(12, 12), *line(24, y=8, h=1), *line(8, 8, 8, y=9)]
    after = close_up(boxes, [True, True, False, False, False, False])
    assert after[2:] == [*line(24, h=1), *line(8, 8, 8, y=1)]


def test_stacks_beside_a_tall_panel() -> None:
    tall, upper, lower = Box(0, 0, 12, 8), Box(12, 0, 12, 4), Box(12, 4, 12, 4)
    assert close_up([tall, upper, lower], [True, False, False])[1:] == [Box(0, 0, 24, 4), Box(0, 4, 24, 4)]
    assert close_up([tall, upper, lower], [False, True, False])[2] == Box(12, 0, 12, 4)


def test_a_gap_goes_with_the_line_above_it() -> None:
    assert close_up([Box(0, 0, 24, 4), Box(0, 9, 24, 4)], [True, False])[1] == Box(0, 0, 24, 4)


@st.composite
def boxes_anywhere(draw: st.DrawFn) -> Box:
    w = draw(st.integers(1, COLUMNS))
    return Box(draw(st.integers(0, COLUMNS - w)), draw(st.integers(0, 20)), w, draw(st.integers(1, 8)))


@given(st.lists(st.tuples(boxes_anywhere(), st.booleans()), min_size=1, max_size=10))
def test_what_overlapped_before_may_still_and_nothing_else_does(case: list[tuple[Box, bool]]) -> None:
    boxes, gone = [box for box, _ in case], [out for _, out in case]
    after = close_up(boxes, gone)
    left = [number for number, out in enumerate(gone) if not out]
    before = {(a, b) for a, b in overlapping(boxes) if a in left and b in left}
    now = {(left[a], left[b]) for a, b in overlapping([after[number] for number in left])}
    assert now <= before
