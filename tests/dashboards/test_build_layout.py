"""The grid: full lines, nothing over anything else, whatever is on it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promtrim.dashboards.building.layout import COLUMNS, lay_out
from promtrim.dashboards.building.model import Board, Kind, Panel, Section

KINDS: tuple[Kind, ...] = ("timeseries", "stat", "table", "state-timeline")

panels = st.builds(Panel, kind=st.sampled_from(KINDS), title=st.just("p"), queries=st.just(()))
boards = st.builds(
    Board,
    title=st.just("t"),
    uid=st.just("u"),
    description=st.just(""),
    tags=st.just(()),
    firing=st.tuples(panels, panels),
    tiles=st.lists(panels, max_size=30).map(tuple),
    sections=st.lists(
        st.builds(Section, title=st.just("s"), panels=st.lists(panels, min_size=1, max_size=20).map(tuple)), max_size=5
    ).map(tuple),
    variables=st.just(()),
)


@given(boards)
def test_every_place_is_covered_once(board: Board) -> None:
    placed = lay_out(board)
    cells = [
        (x, y)
        for each in placed
        for x in range(each.place.x, each.place.x + each.place.w)
        for y in range(each.place.y, each.place.y + each.place.h)
    ]
    height = max(each.place.y + each.place.h for each in placed)
    assert len(cells) == len(set(cells)), "two panels overlap"
    assert set(cells) == {(x, y) for x in range(COLUMNS) for y in range(height)}, "a gap"


@given(boards)
def test_reading_order_is_the_order_of_the_board(board: Board) -> None:
    placed = lay_out(board)
    assert [each.panel for each in placed if each.panel] == [
        *board.firing, *board.tiles, *(panel for section in board.sections for panel in section.panels)
    ]  # fmt: skip
    places = [(each.place.y, each.place.x) for each in placed]
    assert places == sorted(places)


@given(boards)
def test_panels_are_wide_enough_to_read(board: Board) -> None:
    for each in lay_out(board):
        assert each.place.w >= (3 if each.panel in board.tiles else 4 if each.panel in board.firing else 8)
