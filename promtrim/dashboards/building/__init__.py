"""Building a dashboard from a plan: what is shown, where it stands, and Grafana's JSON through grafanalib.

    plan -> board (parts, series, units, thresholds, tiles, panels: values) -> layout (grid) -> grafana (grafanalib, JSON)

Everything before ``grafana`` knows nothing of Grafana's JSON; nothing here reads or writes a file or asks a server.
"""
