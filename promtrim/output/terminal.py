"""Colour, where it is wanted. Text that is safe to show is :mod:`promtrim.plaintext`'s."""

from __future__ import annotations

import msgspec

from promtrim.plaintext import one_line, wrapped

__all__ = ["Paint", "one_line", "wrapped"]


class Paint(msgspec.Struct, frozen=True):
    """Colours where they are wanted; the sixteen that every terminal has, so that its theme decides."""

    on: bool = False

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def bad(self, text: str) -> str:
        return self._in("1;31", text)

    def good(self, text: str) -> str:
        return self._in("32", text)

    def warn(self, text: str) -> str:
        return self._in("33", text)

    def dim(self, text: str) -> str:
        return self._in("2", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text
