"""Makes the modules beside this one importable for the tests of real exporters."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
