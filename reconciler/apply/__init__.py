"""Carries out a change set, without decisions of its own.

| File | What it is for |
|---|---|
| `executor.py` | stage after stage, several changes at the same time, one outcome per change |
| `recreate.py` | an object whose field may not change is deleted and created again, if its author agreed |

Elsewhere: what to change, in which order, is decided in `plan/`; how one object is written to a member is in `cluster/`.
"""
