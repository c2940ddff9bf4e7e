"""Reads a PNG as Chromium writes it (8 bits, RGB or RGBA, not interlaced): which colours are on a picture, and how much."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from pathlib import Path

Color = tuple[int, int, int]


class Picture:
    def __init__(self, file: Path) -> None:
        data = file.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        packed, place = b"", 8
        while place < len(data):
            (length,) = struct.unpack(">I", data[place : place + 4])
            kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", body)
                assert (depth, interlaced) == (8, 0)
                self.channels = {2: 3, 6: 4}[color]
            packed += body if kind == b"IDAT" else b""
            place += 12 + length
        self.lines = self._unfiltered(zlib.decompress(packed))

    def _unfiltered(self, raw: bytes) -> list[bytearray]:
        step, length = self.channels, self.width * self.channels
        before, lines = bytearray(length), []
        for number in range(self.height):
            start = number * (length + 1)
            kind, line = raw[start], bytearray(raw[start + 1 : start + 1 + length])
            for index in range(length) if kind else ():
                left = line[index - step] if index >= step else 0
                above, corner = before[index], before[index - step] if index >= step else 0
                line[index] = (line[index] + _predicted(kind, left, above, corner)) & 0xFF
            lines.append(line)
            before = line
        return lines

    def at(self, x: int, y: int) -> Color:
        pixel = self.lines[y][x * self.channels : x * self.channels + 3]
        return pixel[0], pixel[1], pixel[2]

    def colors(self, every: int = 2) -> Counter[Color]:
        """How often each colour is seen, of every so many pixels."""
        return Counter(self.at(x, y) for y in range(0, self.height, every) for x in range(0, self.width, every))


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return above
    if kind == 3:
        return (left + above) // 2
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))
