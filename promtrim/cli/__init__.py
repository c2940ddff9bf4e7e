"""The command line: one thin module per command in ``commands/``, each a skin over ``promtrim.api``.

Nothing here analyses, and nothing imports this package.
"""
