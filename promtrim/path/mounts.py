"""Where a file of this machine, or of a ConfigMap, stands inside a container, and what else may stand there.

Answers are certain only where everything that is mounted is known.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from fnmatch import translate

from promtrim.stack.containers import Container, Mount
from promtrim.stack.relabel import UNKNOWN

PROMETHEUS_CONFIG = "/etc/prometheus/prometheus.yml"
ALERTMANAGER_CONFIG = "/etc/alertmanager/alertmanager.yml"
DEFAULTS = (PROMETHEUS_CONFIG, ALERTMANAGER_CONFIG)
"""What the images of Prometheus and Alertmanager read where their command says nothing."""

_CONFIG = re.compile(r"--?config\.file(?:=(.*))?$")


def config_path(container: Container, default: str) -> str:
    """The configuration file that a container's command names."""
    words = container.command
    for index, word in enumerate(words):
        if match := _CONFIG.match(word):
            return match[1] or (words[index + 1] if index + 1 < len(words) else default)
    return default


def host_files(container: Container, target: str) -> Iterator[str]:
    """Existing files of this machine that are mounted at a path."""
    for mount in container.mounts:
        if mount.kind != "host":
            continue
        below = _below(target, mount.target)
        if below is not None:
            path = os.path.join(mount.source, below) if below else mount.source
            if os.path.isfile(path):
                yield path


def unknown_mount(container: Container, pattern: str, hosts: bool = True) -> Mount | None:
    """A mount that may put files where a pattern looks, and of which it is not known what it holds.

    Args:
        hosts: whether paths of the host are paths of this machine.
    """
    fixed = fixed_part(pattern)
    for mount in container.mounts:
        near = _below(fixed, mount.target) is not None or _below(mount.target, fixed) is not None
        if not near or (hosts and mount.kind == "host" and os.path.exists(mount.source) and not _variable(mount.source)):
            continue
        if mount.kind == "configmap":
            continue  # looked into by who knows the manifests
        if not matches(mount.target, pattern) and _is_file(mount.target) and _below(fixed, mount.target) is None:
            continue
        return mount
    return None


def fixed_part(pattern: str) -> str:
    """The folder of a pattern that is the same for all that it matches."""
    parts = pattern.split("/")
    fixed = []
    for part in parts[:-1]:
        if any(char in part for char in "*?["):
            break
        fixed.append(part)
    return "/".join(fixed) or "/"


def matches(path: str, pattern: str) -> bool:
    """Whether Go's ``filepath.Glob`` finds a path by a pattern: ``*`` stops at slashes."""
    mine, theirs = posixpath.normpath(path).split("/"), posixpath.normpath(pattern).split("/")
    return len(mine) == len(theirs) and all(
        re.match(translate(part.replace("[^", "[!")), name) for name, part in zip(mine, theirs, strict=True)
    )


def _is_file(target: str) -> bool:
    return "." in posixpath.basename(target)


def _variable(source: str) -> bool:
    return "$" in source or UNKNOWN in source


def _below(path: str, folder: str) -> str | None:
    """A path as seen from a folder; "" where they are one; None where it does not lie there."""
    path, folder = posixpath.normpath(path), posixpath.normpath(folder)
    if path == folder:
        return ""
    prefix = folder.rstrip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else None
