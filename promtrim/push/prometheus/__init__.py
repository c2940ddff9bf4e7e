"""Reduced rule files in the folder of a running Prometheus: written, reloaded, read back, and taken back.

``files`` says what is to be written where, ``history`` keeps what was there, ``exchange`` carries it out step by step,
``loaded`` compares with what Prometheus has loaded, ``push`` puts these together.
"""
