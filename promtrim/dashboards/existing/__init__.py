"""Dashboards that exist: read in any of Grafana's formats, trimmed to what can show anything here, checked against rules.

Every query of every panel gets the same question as an alert: can it return anything on this topology? What is kept is
never rewritten: a dashboard is cut as a rule file is. Building dashboards does not belong here.
"""
