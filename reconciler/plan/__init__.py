"""What differs between desired and live, in which order to change it, and what must not be pruned. Pure.

`changeset.py` is the way in: it yields the value that `diff` prints and `sync` carries out. Carrying out is `apply/`; whether
a written object is well is `interpreter/` and `observe/`.
"""
