"""YAML as it stands in a file: bounded reading, with the place of every node and of every character of a scalar.

For whatever reads YAML and must say *where*, or write back what it did not change. Nodes keep styles, anchors and
aliases. What the nodes mean to Prometheus, Kubernetes or promtrim itself does not belong here.
"""

from promtrim.yamltext.nodes import (
    Alias,
    Mapping,
    Node,
    Scalar,
    Sequence,
    duplicate_key,
    entries,
    get,
    resolve,
)
from promtrim.yamltext.plain import is_null, to_plain
from promtrim.yamltext.position import Lines, Position
from promtrim.yamltext.reader import Limits, compose
from promtrim.yamltext.scalars import ScalarMap, locate, scalar_map
from promtrim.yamltext.source import DEFAULT_MAX_BYTES, Source, decode, read_source

__all__ = [
    "DEFAULT_MAX_BYTES",
    "Alias",
    "Limits",
    "Lines",
    "Mapping",
    "Node",
    "Position",
    "Scalar",
    "ScalarMap",
    "Sequence",
    "Source",
    "compose",
    "decode",
    "duplicate_key",
    "entries",
    "get",
    "is_null",
    "locate",
    "read_source",
    "resolve",
    "scalar_map",
    "to_plain",
]
