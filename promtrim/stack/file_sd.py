"""Targets that ``file_sd_configs`` name, where their files lie beside the configuration.

A pattern may match other files where Prometheus runs, so only a plain file name is taken as complete.
"""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.manifests import at, items, problem, problem_of, text, texts
from promtrim.yamltext import read_source
from promtrim.yamltext.located import YamlList, read_all

if TYPE_CHECKING:
    from promtrim.stack.prometheus_config import Address, Discovery

MAX_BYTES = 4 << 20


def read_file_sd(discovery: Discovery, config: str, problems: list[Problem]) -> tuple[list[Address], bool]:
    """The targets of one ``file_sd_configs`` entry, and whether there can be no others.

    Args:
        config: path of the configuration; files are looked for beside it, also where their path is a container's.
    """
    addresses: list[Address] = []
    complete = True
    for entry in items(discovery.data.get("files")):
        pattern = text(entry)
        paths = _find(pattern, os.path.dirname(config))
        if not paths or glob.has_magic(pattern):
            complete = False
        if not paths and not glob.has_magic(pattern):
            said = f"the file of targets {pattern} is not here: what it names is not known"
            problems.append(problem("file-sd-missing", said, discovery.place))
        for path in paths:
            try:
                addresses += _read(path)
            except InputError as error:
                problems.append(problem_of(error))
                complete = False
    return addresses, complete


def _find(pattern: str, folder: str) -> list[str]:
    """Files that match below the folder: by the whole path, or by as much of its end as leads somewhere."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    for count in range(len(parts), 0, -1):
        found = sorted(glob.glob(os.path.join(glob.escape(folder), *parts[-count:])))
        if found:
            return [path for path in found if os.path.isfile(path)]
    return []


def _read(path: str) -> list[Address]:
    from promtrim.stack.prometheus_config import Address

    found = []
    for _, document in read_all(read_source(path, MAX_BYTES).text, path):
        for group in items(document):
            targets = at(group, "targets")
            if isinstance(targets, YamlList):
                labels = texts(at(group, "labels"))
                found += [Address(text(each), labels, targets.at(index)) for index, each in enumerate(targets)]
    return found
