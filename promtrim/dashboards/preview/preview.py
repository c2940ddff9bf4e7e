"""``promtrim dashboard preview``: from a file to a page. The door of this room."""

from __future__ import annotations

import re
import time

from promtrim.dashboards.existing.files import Dashboard, read
from promtrim.dashboards.preview.page import page
from promtrim.dashboards.preview.sheet import sheet_of
from promtrim.dashboards.preview.snapshot import offers, snapshot, steps_for
from promtrim.dashboards.preview.variables import built_in, values_of
from promtrim.durations import parse_duration
from promtrim.errors import InputError
from promtrim.http import Client, Server

DEFAULT_SPAN = 6 * 3600.0
"""Seconds; Grafana's own default for a dashboard that says nothing."""


def preview(
    file: str, server: Server, *, span: float | None = None, end: float | None = None, max_bytes: int = 16 << 20,
    stdin: str | None = None,
) -> str:  # fmt: skip
    """A page that draws the dashboard in a file.

    Args:
        server: the Prometheus to ask.
        span: seconds that curves show; None is what the dashboard says.
        end: the page's last second since 1970; None is now.
        max_bytes: largest file that is read.
        stdin: the text of ``-``.

    Raises:
        InputError: the file cannot be read or holds no dashboard, or more than one.
        RemoteError: the server does not answer.
    """
    dashboards = [each for one in read([file], max_bytes, stdin) for each in one.dashboards]
    if len(dashboards) > 1:
        raise InputError(f"it holds {len(dashboards)} dashboards, give a file with one of them", file)
    dashboard = dashboards[0]
    seconds = span or span_of(dashboard)
    step = steps_for(seconds)
    start = (end or time.time()) - seconds
    own = built_in(seconds, step, start)
    with Client(server) as client:
        variables = values_of(dashboard.value, own, offers(client, start, start + seconds))
    sheet = sheet_of(dashboard, variables, own)
    return page(sheet, snapshot(server, sheet.drawings, seconds, end))


def span_of(dashboard: Dashboard) -> float:
    """Seconds that a dashboard shows, where it says so relative to now."""
    given = dashboard.value.get("time") or dashboard.value.get("timeSettings")
    text = given.get("from") if isinstance(given, dict) else None
    match = re.fullmatch(r"now-(\d{1,4}[smhdwy])(/\w)?", text) if isinstance(text, str) else None
    return max(300.0, min(parse_duration(match[1]), 366 * 86400.0)) if match else DEFAULT_SPAN
