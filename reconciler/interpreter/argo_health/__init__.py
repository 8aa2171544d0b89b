"""Health of an object by the rules of Argo CD: does it work? (kstatus tells whether its controller has finished.)

`model.health.combine` combines the two. The kstatus rules are in the files of the kinds, one level up.

| File | What it is for |
|---|---|
| `judge.py` | the entrance: which rule applies to an object |
| `builtin/` | kinds of Kubernetes, with the rules of gitops-engine |
| `custom/` | kinds of other projects, with the rules of Argo CD's scripts |
| `checks.py` | the vocabulary in which most rules of `custom/` are written |
"""
