"""Waiting: how long before a request is repeated, and until something has come true."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
"""Seconds before the first repetition, doubled for each further one, and the most it becomes."""

LONGEST_RETRY_AFTER = 30.0
"""Seconds that a server may ask us to wait; where it asks for more, we give up and say so."""


def pause(attempt: int) -> float:
    """Seconds before repetition number ``attempt`` (from 0): doubling, and between half and all of it by chance.

    Chance keeps many clients that were turned away together from coming back together.
    """
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)) * random.uniform(0.5, 1.0)


def retry_after(value: str | None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3): a number or a date; None where it asks nothing."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) < 10 else float("inf")
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def wait_for(condition: Callable[[], bool], timeout: float, every: float = 0.1) -> bool:
    """Wait until a condition holds.

    Args:
        timeout: seconds after which to give up; the condition is asked at least once.
        every: seconds between two looks.

    Returns:
        Whether it came true in time.
    """
    end = time.monotonic() + timeout
    while not condition():
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(every, left))
    return True
