"""Members: one Protocol (`client.py`), one module per kind of member. The library's types and exceptions stop here.

`directory.py` is a folder of manifests as a member, `kubernetes.py` one with an API server, on kubernetes' raw layer (`api.py`),
which may be imported nowhere else; `members.py` opens either, by what `access.py` allows. How a cluster comes to be a member:
`enrolment.py` and `tokens.py` (the account there), `safes.py` (its credential here). What to write is decided in `plan/`.
"""
