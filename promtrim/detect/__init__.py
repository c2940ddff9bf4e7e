"""A topology read off: what a stack's files and a running server say, seen through the rulesets' data.

What a topology is, and what a person writes into one, is for :mod:`promtrim.topology`.
"""
