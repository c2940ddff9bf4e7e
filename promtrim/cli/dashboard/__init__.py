"""The commands of ``promtrim dashboard``, one module each."""
