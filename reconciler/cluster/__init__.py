"""Members: one Protocol (`client.py`), one module per kind of member. The library's types and exceptions stop here.

`directory.py` is a folder of manifests as a member. Members with an API server are the next door: they will implement the same
Protocol on kubernetes' raw layer, which may be imported nowhere else. What to write is decided in `plan/`.
"""
