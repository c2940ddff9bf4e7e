"""Grafana dashboards: built from a plan, trimmed to a topology, previewed with a snapshot of real data."""
