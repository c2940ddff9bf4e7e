"""Silences for dropped alerts in a running Alertmanager, and who hears of the kept ones.

``api`` speaks to it, ``silences`` decides, ``carry`` does it step by step, ``hearing`` and ``drill`` look at what is kept.
"""
