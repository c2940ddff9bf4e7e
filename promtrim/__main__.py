"""``python -m promtrim``: the same as the ``promtrim`` script."""

import sys

from promtrim.cli.main import main

sys.exit(main())
