"""The targets of ``promtrim push``, one module each; what they share is in :mod:`promtrim.cli.pushing`."""
