"""promtrim: reduce Prometheus alert rules to the few that matter on a small deployment, and prove why.

The public API is in :mod:`promtrim.api`; it is imported on first use, so that ``import promtrim`` costs nothing.
"""

from typing import Any

from promtrim._version import __version__

__all__ = ["__version__", "api"]


def __getattr__(name: str) -> Any:
    if name == "api":
        import promtrim.api as api

        return api
    raise AttributeError(f"module 'promtrim' has no attribute {name!r}")
