"""Build hook: compiles ``rulesets/`` into the package's index and ships the JSON Schemas with it.

Metadata is in setup.cfg. A checkout (also one installed with ``pip install -e``) gets its index here, or by
``make index`` after a ruleset changed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
INDEX = Path("promtrim", "knowledge", "rulesets.idx")
SCHEMAS = Path("promtrim", "schema")


class BuildPackage(build_py):
    """``build_py`` that adds what the package needs at run time and what is made from files beside it."""

    def run(self) -> None:
        super().run()
        if getattr(self, "editable_mode", False):
            self._compile(HERE / INDEX)  # schemas are found in the checkout
            return
        library = Path(self.build_lib)
        self._compile(library / INDEX)
        (library / SCHEMAS).mkdir(parents=True, exist_ok=True)
        for schema in sorted((HERE / "schema").glob("*.json")):
            shutil.copyfile(schema, library / SCHEMAS / schema.name)

    def _compile(self, index: Path) -> None:
        sys.path.insert(0, str(HERE))
        try:
            from promtrim.knowledge.compile import main
        finally:
            sys.path.remove(str(HERE))
        index.parent.mkdir(parents=True, exist_ok=True)
        if status := main([str(HERE / "rulesets"), str(index)]):
            raise SystemExit(status)


setup(cmdclass={"build_py": BuildPackage})
