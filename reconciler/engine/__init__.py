"""Composition, with no knowledge of its own: the stages strung together, and one pass over one revision.

`pipeline.py` is the table of contents of the project; `compiler.py` feeds it files, `reconcile.py` carries its result out.
`explain.py` asks the stages why, `compare.py` and `simulate.py` what would change.
"""
