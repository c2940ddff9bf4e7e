"""A team's settings and overrides: ``promtrim.yml``."""

from promtrim.config.load import find, load_config, parse_config, topology_of
from promtrim.config.model import Config, Matcher, Override

__all__ = ["Config", "Matcher", "Override", "find", "load_config", "parse_config", "topology_of"]
