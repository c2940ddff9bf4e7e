"""From target to person: what is scraped, loaded, evaluated and delivered, and where that way is broken.

Works on what :mod:`promtrim.topology` has read; whether an expression can fire is for :mod:`promtrim.evaluate`.
"""
