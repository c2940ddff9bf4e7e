"""Prometheus durations (``1h30m``) to and from seconds. The one place that knows their units."""

from __future__ import annotations

import re
from functools import lru_cache

UNITS = {"y": 31536000.0, "w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> float:
    """Seconds of a Prometheus duration: units in falling order, whole numbers, or a bare ``0``.

    Raises:
        ValueError: the text is no such duration.
    """
    text = text.strip()
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is no duration: write for example 30s, 5m or 1h30m")
    return sum(float(number) * unit for number, unit in zip(match.groups(), UNITS.values(), strict=True) if number)


def seconds(value: float | str | None) -> float | None:
    """Seconds of a duration that may be given as a number, as text, or not at all."""
    if value is None or isinstance(value, (int, float)):
        return value
    return parse_duration(value)


def format_duration(value: float) -> str:
    """Seconds as a Prometheus duration, exactly; ``0s`` for none."""
    rest = round(value * 1000)
    pieces = []
    for unit, size in UNITS.items():
        count, rest = divmod(rest, round(size * 1000))
        if count:
            pieces.append(f"{count}{unit}")
    return "".join(pieces) or "0s"
