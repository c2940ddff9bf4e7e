"""Puts a dashboard and its snapshot into one page that needs nothing else: no network, no fonts, no files.

Dashboards and labels come from strangers: they reach the page as JSON only, which the script shows as text, and a content
security policy lets no script and no style run but the page's own.
"""

from __future__ import annotations

import html
import json
import os

import msgspec

from promtrim._version import __version__
from promtrim.dashboards.preview.model import Sheet, Snapshot
from promtrim.ownpage import policy

_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_ASSETS = os.path.join(os.path.dirname(__file__), "assets")


def page(sheet: Sheet, snapshot: Snapshot) -> str:
    """The page as HTML."""
    style = _asset("uPlot.min.css") + "\n" + _asset("preview.css")
    scripts = (_asset("uPlot.iife.min.js"), _asset("preview.js"))
    parts = {
        "policy": policy([style], scripts),
        "title": html.escape(_whole(sheet.title)),
        "style": style,
        "data": in_script({"sheet": sheet, "snapshot": snapshot, "version": __version__}),
        "library": scripts[0],
        "script": scripts[1],
    }
    text = _asset("preview.html")
    pieces = text.split("@@")
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def in_script(value: object) -> str:
    """A value as JSON that cannot end the script element that it stands in."""
    text = _whole(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":")))
    return text.translate(_ESCAPES)


def _whole(text: str) -> str:
    """Without halves of characters, which no browser can show and UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode()


def _asset(name: str) -> str:
    with open(os.path.join(_ASSETS, name), encoding="utf-8") as file:
        return file.read()
