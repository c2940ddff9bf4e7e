"""Which files of notification templates a configuration needs. Go's templates are searched for names, not rendered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from promtrim.errors import InputError
from promtrim.rulefile.prometheus_config import find_files
from promtrim.stack.alertmanager_config import Receiver
from promtrim.yamltext import read_source

MAX_BYTES = 4 << 20
_DEFINED = re.compile(r"""\{\{-?\s*(?:define|block)\s+["`]([^"`]+)["`]""")
_USED = re.compile(r"""\b(?:template|block)\s+["`]([^"`]+)["`]""")
_STANDARD = re.compile(r"__|.*\.default\.")
"""Names that Alertmanager's own templates have: a file that defines one changes what is sent without being named."""


def unneeded(patterns: Sequence[str], config: str, root: str | None, receivers: Iterable[Receiver]) -> set[int]:
    """The entries of ``templates`` whose files certainly define nothing that the receivers use.

    Args:
        patterns: as written; relative to the configuration's folder.
        root: folder that stands for the container's ``/``.
    """
    texts = [_texts(pattern, config, root) for pattern in patterns]
    if not all(texts):
        return set()  # what is not here may use what is
    wanted = {name for receiver in receivers for each in receiver.integrations for name in _used_in(each.data)}
    needed: set[int] = set()
    growing = True
    while growing:
        growing = False
        for index, group in enumerate(texts):
            defined = {name for text in group for name in _DEFINED.findall(text)}
            if index not in needed and (defined & wanted or any(_STANDARD.match(name) for name in defined)):
                needed.add(index)
                wanted |= {name for text in group for name in _USED.findall(text)}
                growing = True
    return set(range(len(patterns))) - needed


def _texts(pattern: str, config: str, root: str | None) -> list[str]:
    found = find_files(pattern, config, root)
    if not all(sure for _, sure, _ in found):
        return []
    try:
        return [read_source(path, MAX_BYTES).text for path, _, _ in found]
    except InputError:
        return []


def _used_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield from _USED.findall(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _used_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _used_in(each)
