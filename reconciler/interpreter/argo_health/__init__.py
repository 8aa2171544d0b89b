"""Argo CD's answer to "is it well?", beside kstatus' "has the controller finished?".

`judge.py` is the door. `builtin/` knows Kubernetes' own kinds as gitops-engine does; `custom/` holds the kinds of other
projects, mostly as data in the vocabulary of `checks.py`: one file per vendor, one entry per kind. How the two answers
become one is `model/health.py`; kstatus itself is in the files of the kinds, one level up.
"""
