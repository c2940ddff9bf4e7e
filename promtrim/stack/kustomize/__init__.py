"""Builds a kustomization as kustomize would, without its binary, keeping file and line of every value."""

from promtrim.stack.kustomize.build import Build, build, kustomization_in

__all__ = ["Build", "build", "kustomization_in"]
