"""The one HTTP client: bounded in time, bytes and repetitions; each failure one line that says what to do.

What a server's answers mean belongs to the room that asks (detect/live, push, alertmanager). ``requests`` is imported
only when something is really sent.
"""

from promtrim.http.client import Client
from promtrim.http.model import Answer, Server, masked
from promtrim.http.waiting import wait_for

__all__ = ["Answer", "Client", "Server", "masked", "wait_for"]
