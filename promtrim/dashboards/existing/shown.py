"""Which metrics dashboards show: every word of their texts that could be a metric's name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from promtrim.dashboards.existing.files import read
from promtrim.dashboards.existing.variables import texts

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def shown(paths: Sequence[str]) -> dict[str, str]:
    """Names that the dashboards below ``paths`` mention anywhere, each to the file of the first one that does.

    Raises:
        promtrim.errors.InputError: a dashboard cannot be read.
    """
    found: dict[str, str] = {}
    for file in read(paths):
        for dashboard in file.dashboards:
            for _, text in texts(dashboard.value):
                for name in _NAME.findall(text):
                    found.setdefault(name, file.source.file)
    return found


__all__ = ["shown"]
