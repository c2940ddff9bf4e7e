"""What an exporter answers: Prometheus' text format, read into values."""

from __future__ import annotations

import re
import urllib.request

import msgspec

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Sample(msgspec.Struct, frozen=True):
    name: str
    labels: dict[str, str]
    value: float


class Scrape(msgspec.Struct, frozen=True):
    """One answer."""

    samples: tuple[Sample, ...]
    types: dict[str, str]
    """Base name to type, as the TYPE lines say."""

    def type_of(self, name: str) -> str | None:
        """The type of the metric that a series is a part of."""
        for suffix in ("", "_bucket", "_count", "_sum"):
            base = name.removesuffix(suffix)
            if base in self.types and (not suffix or self.types[base] in ("histogram", "summary")):
                return self.types[base]
        return None


NOTHING = Scrape((), {})


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def parse(text: str) -> Scrape:
    """Read an answer; a line that is neither comment nor sample is an error.

    Series that say when another one began (``x_created``, of OpenMetrics) are left out: no ruleset means them.
    """
    samples, types = [], {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        elif line.strip() and not line.startswith("#"):
            found = SAMPLE.match(line)
            assert found, line
            labels = {
                label: re.sub(r"\\.", lambda escape: ESCAPES.get(escape[0], escape[0]), value)
                for label, value in LABEL.findall(found[2] or "")
            }
            # An empty label is no label.
            samples.append(Sample(found[1], {k: v for k, v in labels.items() if v}, float(found[3])))
    created = {f"{name.removesuffix('_total')}_created" for name in types}
    return Scrape(tuple(sample for sample in samples if sample.name not in created), types)
