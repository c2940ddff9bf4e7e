"""Where the repository is that a path belongs to. Nothing is run: what git knows is for :mod:`promtrim.review.git`."""

from __future__ import annotations

import os


def root_of(path: str) -> str | None:
    """The nearest folder at or above a path that holds ``.git``; None where there is none. Absolute, links resolved."""
    folder = os.path.realpath(path)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def below(file: str, root: str) -> str | None:
    """A file's path below a folder, with slashes; None where it is not below it.

    Args:
        file: as a command was given it, relative to where promtrim runs. Its last part may be a link: that is its name.
    """
    folder, name = os.path.split(os.path.abspath(file))
    real = os.path.join(os.path.realpath(folder), name)
    relative = os.path.relpath(real, os.path.realpath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        return None
    return relative.replace(os.sep, "/")
