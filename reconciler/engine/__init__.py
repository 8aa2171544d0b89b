"""Composition, with no knowledge of its own: the stages strung together, and one pass over one revision.

`pipeline.py` is the table of contents of the project; `compiler.py` feeds it files, `reconcile.py` carries its result out, once
for `synchronize.py` (a command) and again and again for `keeper.py` (the daemon), over the connections of a `fleet.py`.
Where the compiler runs is `client.py`'s business: here, in a thread, or in a process of its own (`worker.py`), which is told
only what it does not know yet (`correspondence.py`).
`explain.py` asks the stages why, `compare.py` and `simulate.py` what would change.
`join.py` and `unjoin.py` let members come and go, and edit their Cluster files on a `desk.py`.
"""
