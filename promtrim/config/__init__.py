"""A team's settings and overrides: ``promtrim.yml``."""
