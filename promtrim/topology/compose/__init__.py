"""Compose files to the services that they start (https://github.com/compose-spec/compose-spec)."""

from promtrim.topology.compose.read import Published, Service, Stack, read_compose

__all__ = ["Published", "Service", "Stack", "read_compose"]
