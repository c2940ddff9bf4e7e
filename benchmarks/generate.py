"""Writes rule files for the benchmarks: ``generate.py FOLDER [--rules 20000] [--files 40]``.

The rules are shaped like those of real services (annotations, labels, multi-line expressions, a few recording
rules), no two expressions are equal even after normalising, and the same arguments always give the same
files. The shapes are in shapes.yml.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

PARTS = (
    "checkout",
    "search",
    "catalog",
    "invoice",
    "ledger",
    "mailer",
    "gateway",
    "session",
    "upload",
    "report",
)
AREAS = ("eu", "us", "apac", "lab", "stage")
WINDOWS = ("2m", "5m", "10m", "15m", "30m", "1h")
HOLDS = ("1m", "2m", "5m", "10m", "15m", "30m")

SEVERITIES = ("critical", "warning", "warning", "info")


class Shape(NamedTuple):
    name: str
    mode: str
    expr: str

    def filled(self, values: dict[str, object]) -> str:
        text = self.expr
        for key, value in values.items():
            text = text.replace(f"<{key}>", str(value))
        return text


def shapes() -> list[Shape]:
    text = Path(__file__).with_name("shapes.yml").read_text("utf-8")
    return [Shape(**shape) for shape in yaml.safe_load(text)]


def rules(count: int, seed: int = 1) -> Iterator[str]:
    """Rules as YAML list items, indented by four."""
    dice = random.Random(seed)
    known = shapes()
    for number in range(count):
        # Distinct by construction: services count up, whatever the shape and the window.
        service = f"{PARTS[number % len(PARTS)]}-{number // len(PARTS)}"
        values = {
            "s": service,
            "n": f"{dice.choice(AREAS)}-{dice.randrange(40)}",
            "w": dice.choice(WINDOWS),
            "t": dice.randrange(11, 99),
            "m": dice.choice(PARTS),
        }
        if number % 20 == 19:
            yield _recording(number, values)
            continue
        yield _alerting(number, dice.choice(known), values, dice)


def _alerting(number: int, shape: Shape, values: dict[str, object], dice: random.Random) -> str:
    title = str(values["s"]).split("-")[0].capitalize()
    expr = shape.filled(values)
    written = f"|\n{_indented(expr, 8)}" if "\n" in expr else expr
    lines = [
        f"    - alert: {title}{shape.name}{number}",
        f"      expr: {written}",
        f"      for: {dice.choice(HOLDS)}",
        "      labels:",
        f"        severity: {dice.choice(SEVERITIES)}",
        f"        team: {dice.choice(PARTS)}",
        "      annotations:",
        f'        summary: "{title} in {values["n"]}: {shape.mode} ({{{{ $labels.instance }}}})"',
        "        description: >-",
        f"          This check of {values['s']} has stood at {{{{ $value | humanize }}}} for a while.",
        "          Look at the dashboard first, then at the last deployment.",
        f"        runbook_url: https://runbooks.example.com/{title.lower()}/{shape.mode}",
    ]
    if number % 7 == 0:
        lines.insert(0, f"    # Agreed with the team of {values['s']}.")
    return "\n".join(lines) + "\n"


def _recording(number: int, values: dict[str, object]) -> str:
    rate = f'rate({values["m"]}_events_total{{source="{values["s"]}"}}[{values["w"]}])'
    name = f"namespace:{values['m']}_events:rate{values['w']}_{number}"
    return f"    - record: {name}\n      expr: sum by (namespace) ({rate})\n"


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.split("\n"))


def write(folder: Path, count: int, files: int, per_group: int = 25) -> list[Path]:
    """Write ``count`` rules into ``files`` files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    items = list(rules(count))
    paths = []
    for file in range(files):
        mine = items[count * file // files : count * (file + 1) // files]
        parts = ["# Written by benchmarks/generate.py\ngroups:\n"]
        for start in range(0, len(mine), per_group):
            parts.append(f"  - name: group-{file}-{start // per_group}\n    interval: 30s\n    rules:\n")
            for item in mine[start : start + per_group]:
                parts += (f"  {line}\n" for line in item.splitlines())
        path = folder / f"rules-{file:02}.yml"
        path.write_text("".join(parts), "utf-8")
        paths.append(path)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rules", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=40)
    arguments = parser.parse_args()
    paths = write(arguments.folder, arguments.rules, arguments.files)
    print(f"{len(paths)} files, {sum(path.stat().st_size for path in paths) / 1e6:.1f} MB in {arguments.folder}")


if __name__ == "__main__":
    main()
