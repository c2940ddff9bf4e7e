"""The grid closes up where panels went: what is left of a line moves left and fills it, what is below moves up.

A grid has 24 columns. Panels whose heights overlap form a band; bands never mix, so that a line of panels stays together.
In a band that lost nothing, nothing moves but up. What a cell holds does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

COLUMNS = 24
MOST_STRETCH = 3
"""A panel never gets wider than this many times what it was: a small tile alone stays a tile."""


class Box(msgspec.Struct, frozen=True, gc=False):
    """Where something stands, in grid units."""

    x: int
    y: int
    w: int
    h: int


def close_up(boxes: Sequence[Box], gone: Sequence[bool], columns: int = COLUMNS) -> list[Box]:
    """The places after some boxes went, in the order given; those that went are returned as they were.

    Args:
        columns: all boxes stand within them.

    No two boxes overlap that did not before; whatever stood left of or above another does not end up right of or below it.
    """
    result = list(boxes)
    order = sorted(range(len(boxes)), key=lambda index: (boxes[index].y, boxes[index].x))
    rise = 0
    bands = _bands(boxes, order)
    tops = [min(boxes[index].y for index in band) for band in bands]
    for number, band in enumerate(bands):
        top = tops[number]
        bottom = max(_bottom(boxes[index]) for index in band)
        stay = [index for index in band if not gone[index]]
        if len(stay) == len(band):
            for index in stay:
                result[index] = _moved(boxes[index], rise)
            continue
        if not stay:
            rise += (tops[number + 1] if number + 1 < len(tops) else bottom) - top
            continue
        closed = _closed(boxes, band, stay, columns)
        for index, box in zip(stay, closed, strict=True):
            result[index] = _moved(box, rise)
        rise += bottom - max(_bottom(box) for box in closed)
    return result


def _bands(boxes: Sequence[Box], order: Sequence[int]) -> list[list[int]]:
    """Boxes in groups that no horizontal line separates, from the top."""
    bands: list[list[int]] = []
    bottom = -1
    for index in order:
        if not bands or boxes[index].y >= bottom:
            bands.append([])
        bands[-1].append(index)
        bottom = max(bottom, _bottom(boxes[index]))
    return bands


def _closed(boxes: Sequence[Box], band: Sequence[int], stay: Sequence[int], columns: int) -> list[Box]:
    """What is left of a band: columns that nothing stands in any more go, then it is filled, then all moves up."""
    before = _columns([boxes[index] for index in band])
    left = [boxes[index] for index in stay]
    after = _columns(left)
    lost = sorted(before - after)
    narrow = [
        msgspec.structs.replace(box, x=box.x - sum(column < box.x for column in lost)) for box in left
    ]  # fmt: skip
    width = max(box.x + box.w for box in narrow)
    if len(before) == columns and width < columns <= width * MOST_STRETCH and not _overlap(left):
        narrow = [_stretched(box, width, columns) for box in narrow]
    top = min(boxes[index].y for index in band)
    return _floated(narrow, top)


def _columns(boxes: Sequence[Box]) -> set[int]:
    return {column for box in boxes for column in range(box.x, box.x + box.w)}


def _stretched(box: Box, width: int, columns: int) -> Box:
    start = (box.x * columns * 2 + width) // (2 * width)
    end = ((box.x + box.w) * columns * 2 + width) // (2 * width)
    return msgspec.structs.replace(box, x=start, w=end - start)


def _floated(boxes: Sequence[Box], top: int) -> list[Box]:
    """Each box as far up as those above it leave room, as Grafana itself would draw it."""
    filled = [top] * COLUMNS
    placed: list[Box] = []
    for box in boxes:
        moved = msgspec.structs.replace(box, y=min(box.y, max(filled[box.x : box.x + box.w])))
        filled[box.x : box.x + box.w] = [max(bottom, _bottom(moved)) for bottom in filled[box.x : box.x + box.w]]
        placed.append(moved)
    return placed


def _overlap(boxes: Sequence[Box]) -> bool:
    """Whether any two share a cell; given from the top."""
    filled = [0] * COLUMNS
    for box in boxes:
        if max(filled[box.x : box.x + box.w]) > box.y:
            return True
        filled[box.x : box.x + box.w] = [_bottom(box)] * box.w
    return False


def _moved(box: Box, rise: int) -> Box:
    return msgspec.structs.replace(box, y=box.y - rise) if rise else box


def _bottom(box: Box) -> int:
    return box.y + box.h
