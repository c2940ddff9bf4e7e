"""What an image that is built here holds: files below its context that its Dockerfile copies.

Source: https://docs.docker.com/reference/dockerfile/#copy. What a build does beyond copying is not known.
"""

from __future__ import annotations

import glob
import os
import posixpath
import re
import shlex
from collections.abc import Iterator

import msgspec

from promtrim.errors import InputError
from promtrim.path.model import Said, said
from promtrim.stack.containers import Build, Container
from promtrim.stack.kustomize.transform import split_image
from promtrim.yamltext import read_source

MAX_BYTES = 1 << 20
_FETCHES = re.compile(r"\b(?:curl|wget|git|cp|mv|ln|tar|unzip|envsubst|tee|echo|cat|sed|python\d?|go)\b")
"""Commands by which a build may bring in what it does not copy."""


class Copied(msgspec.Struct, frozen=True):
    """What the last stage of a build copies."""

    paths: tuple[str, ...]
    """Where the file stands in the image."""
    certain: bool
    """Whether nothing else can put it there."""


def built_paths(container: Container, file: str) -> tuple[str, ...]:
    """Where a file of this machine stands in the image of a container, as far as its Dockerfile tells."""
    copied = _copied(container.build, file) if container.build else None
    return copied.paths if copied else ()


def not_built_in(container: Container, file: str) -> Said | None:
    """Why a file is certainly not in the image of a container; None where it may be."""
    build = container.build
    if build is None or not build.context or build.more or not os.path.isdir(build.context):
        return None
    if not _below(file, build.context):
        where = os.path.relpath(build.context)
        text = f"{os.path.basename(file)} lies outside of {where}, from which the image of {container.name} is built"
        return said("broken", text, container.image_place)
    copied = _copied(build, file)
    if copied is None or copied.paths or not copied.certain:
        return None
    text = f"no COPY of {os.path.relpath(build.dockerfile)} puts {os.path.basename(file)} into the image"
    return said("broken", text, container.image_place)


def _copied(build: Build, file: str) -> Copied | None:
    """None where there is no Dockerfile to look into."""
    if not build.context or not os.path.isfile(build.dockerfile):
        return None
    try:
        lines = list(_instructions(read_source(build.dockerfile, MAX_BYTES).text))
    except InputError:
        return None
    stages: dict[str, Copied] = {}
    found: list[str] = []
    certain, folder, stage = False, "/", ""
    for word, rest in lines:
        if word == "FROM":
            if stage:
                stages[stage] = Copied(tuple(found), certain)
            base, _, stage = (*rest.split(), "", "")[:3] if " as " in rest.lower() else (rest.split()[0], "", "")
            inherited = stages.get(base)
            found = list(inherited.paths) if inherited else []
            certain = inherited.certain if inherited else _is_prometheus(base)
            folder = "/"
        elif word == "WORKDIR":
            folder = posixpath.join(folder, rest.strip())
        elif word in ("COPY", "ADD"):
            paths = _targets(rest, build.context, folder, file)
            if paths is None:
                certain = False
            else:
                found += paths
        elif word == "RUN" and _FETCHES.search(rest):
            certain = False
    return Copied(tuple(found), certain)


def _is_prometheus(image: str) -> bool:
    return split_image(image)[0].rpartition("/")[2] == "prometheus" and "$" not in image


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """Instructions with their arguments, lines joined, comments left out."""
    joined = re.sub(r"\\\r?\n(?:\s*#.*\r?\n)*", " ", re.sub(r"(?m)^\s*#.*$", "", text))
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word.upper(), rest.strip()


def _targets(rest: str, context: str, folder: str, file: str) -> list[str] | None:
    """Where one ``COPY`` puts a file; None where that cannot be told."""
    if "<<" in rest or "$" in rest:
        return None
    try:
        words = [str(each) for each in msgspec.json.decode(rest)] if rest.startswith("[") else shlex.split(rest)
    except (ValueError, msgspec.DecodeError):
        return None
    if any(word.startswith("--from") for word in words):
        return None  # from another stage or image
    words = [word for word in words if not word.startswith("--")]
    if len(words) < 2:
        return None
    *sources, target = words
    target = posixpath.join(folder, target)
    into = target.endswith("/") or len(sources) > 1 or any(glob.has_magic(each) for each in sources)
    found = []
    for source in sources:
        if "://" in source:
            return None
        pattern = os.path.join(glob.escape(context), source.lstrip("/"))
        for path in glob.glob(pattern):
            if os.path.isdir(path):
                if _below(file, path):
                    found.append(posixpath.join(target, os.path.relpath(os.path.realpath(file), os.path.realpath(path))))
            elif os.path.realpath(path) == os.path.realpath(file):
                found.append(posixpath.join(target, os.path.basename(path)) if into else target)
    return [posixpath.normpath(each) for each in found]


def _below(file: str, folder: str) -> bool:
    return os.path.realpath(file).startswith(os.path.realpath(folder).rstrip("/") + "/")
