"""Compose files to the services that they start (https://github.com/compose-spec/compose-spec)."""

from promtrim.stack.compose.read import Stack, read_compose
from promtrim.stack.compose.services import Published, Service

__all__ = ["Published", "Service", "Stack", "read_compose"]
