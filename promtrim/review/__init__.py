"""What is wrong with rules as they stand, and what a change does to them. How it looks is for :mod:`promtrim.output`."""
