"""Compiles ``rulesets/`` into one index file, at build time: ``python -m promtrim.knowledge.compile [RULESETS [INDEX]]``.

The index (``stored.py``) holds heads of the rulesets, and for every metric name the encoded facts, decoded only when a
rule asks for them. A histogram ``x`` is entered as ``x``, ``x_bucket``, ``x_count`` and ``x_sum``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from promtrim.errors import ErrorGroup, InputError, PromtrimError
from promtrim.knowledge.model import Entry, Index, Metric, Ruleset, Word
from promtrim.knowledge.stored import encode

PARTS = {"histogram": ("bucket", "count", "sum"), "summary": ("count", "sum")}


def compile_folder(folder: Path) -> Index:
    """Read every ruleset, preset and baseline below the folder.

    Raises:
        ErrorGroup: one InputError per file that is not what it should be.
    """
    errors: list[PromtrimError] = []
    rulesets: list[Ruleset] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            rulesets.append(read_ruleset(path.read_text("utf-8"), str(path)))
        except InputError as error:
            errors.append(error)
    if errors:
        raise ErrorGroup(errors)
    index = build(rulesets)
    for kind in ("presets", "baselines"):
        texts = {path.stem: path.read_text("utf-8") for path in sorted((folder / kind).glob("*.yml"))}
        getattr(index, kind).update(texts)
    words = folder / "inference" / "words.yml"
    if words.exists():
        index.words = _convert(_load(words.read_text("utf-8"), str(words))["words"], tuple[Word, ...], str(words))
    return index


def read_ruleset(text: str, file: str) -> Ruleset:
    """One ruleset from YAML.

    Raises:
        InputError: not YAML, or not of the shape of ``promtrim.knowledge.model.Ruleset``.
    """
    ruleset: Ruleset = _convert(_load(text, file), Ruleset, file)
    if Path(file).stem != ruleset.ruleset:
        raise InputError(f"ruleset {ruleset.ruleset!r} must stand in {ruleset.ruleset}.yml", file)
    return ruleset


def _load(text: str, file: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise InputError(f"this is no YAML: {getattr(error, 'problem', error)}", file, line) from None


def _convert(plain: Any, kind: Any, file: str) -> Any:
    try:
        return msgspec.convert(plain, kind, strict=True)
    except msgspec.ValidationError as error:
        raise InputError(f"this is not what it should be: {error}", file) from None


def build(rulesets: list[Ruleset]) -> Index:
    """The index of some rulesets."""
    encoder = msgspec.msgpack.Encoder()
    exact: dict[str, list[Entry]] = {}
    patterns: dict[str, list[tuple[str, Entry]]] = {}
    index = Index(exact=exact, patterns=patterns)
    for ruleset in rulesets:
        index.heads[ruleset.ruleset] = msgspec.structs.replace(ruleset, metrics={})
        index.records.update(ruleset.records)
        for name, metric in ruleset.metrics.items():
            encoded = msgspec.Raw(encoder.encode(metric))
            for full_name, part in parts(name, metric):
                entry = Entry(ruleset.ruleset, name, part, encoded)
                if "*" in full_name:
                    patterns.setdefault(full_name.partition("*")[0], []).append((full_name, entry))
                else:
                    exact.setdefault(full_name, []).append(entry)
    return index


def parts(name: str, metric: Metric) -> list[tuple[str, str]]:
    """The series names of one metric, each with the part that it is of it."""
    return [(name, ""), *((f"{name}_{part}", part) for part in PARTS.get(metric.type, ()))]


def main(argv: list[str]) -> int:
    root = Path(__file__).resolve().parent
    folder = Path(argv[0]) if argv else root.parent.parent / "rulesets"
    target = Path(argv[1]) if len(argv) > 1 else root / "rulesets.idx"
    try:
        index = compile_folder(folder)
    except PromtrimError as error:
        for each in getattr(error, "errors", [error]):
            print(each, file=sys.stderr)
        return 2
    target.write_bytes(encode(index))
    patterns = sum(map(len, index.patterns.values()))
    print(f"{target}: {len(index.heads)} rulesets, {len(index.exact)} names, {patterns} patterns")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
