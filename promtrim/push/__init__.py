"""Takes a plan to running systems, and takes it back. One module or package per target.

Each target works out its steps from what it finds there, tells them, and only then carries them out, one by one; a push
that stops between any two of them leaves the old state, the new one, or one that the next push mends. How a plan is made
does not belong here; HTTP is for :mod:`promtrim.http`.
"""
