"""The fence around what a check reads: the repository, and what was named on the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from promtrim.fence import within
from promtrim.review.repository import root_of

if TYPE_CHECKING:
    from promtrim.assemble import Request


def fence(request: Request, *more: str) -> AbstractContextManager[None]:
    """The fence around what a request names, and more.

    No fence where there is no repository: then the files are the machine's own, as in ``/etc/prometheus``.
    """
    named = [path for path in (*_named(request), *more) if os.path.exists(path)]
    roots = [root for path in named if (root := root_of(path)) is not None]
    if not roots:
        return nullcontext()
    return within([*roots, *named, *_beside(named)])


def _beside(named: Iterable[str]) -> Iterator[str]:
    """What goes with a path and is of no repository: what lies beside a file, and the settings above it.

    A path may lead into a repository through a link: the settings above are those of the path as it was named.
    """
    from promtrim.config.load import find

    for path in named:
        if os.path.isfile(path) and root_of(path) is None:
            yield os.path.dirname(os.path.abspath(path))
        settings = find(path)
        if settings is not None and root_of(os.path.dirname(os.path.abspath(settings))) is None:
            yield settings


def _named(request: Request) -> Iterator[str]:
    """Every path that a person has named; of a glob the folder in which it looks."""
    for path in request.paths:
        while path != "-" and not os.path.exists(path):
            path = os.path.dirname(path) or os.curdir
        yield path
    for given in (request.config, request.root, request.topology, request.sources):
        if isinstance(given, str):
            yield given
    yield from request.used_by
    sources = request.sources
    if sources is not None and not isinstance(sources, str):
        yield from (*sources.kubernetes, *sources.prometheus_config, *sources.alertmanager_config)
        yield from (file for files in sources.compose for file in files)
