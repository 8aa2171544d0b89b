"""What we know about each kind: its count, what one cluster may not be told, what a member keeps, how healthy it is.

All we know of a kind is in the file of its name, which ends with `RULES = KindRules(...)`; `registry.py` lists the
files and answers by group and kind. A new kind is one file and one line there; no `if kind ==` elsewhere. `generic.py`
judges the kinds without a rule of their own, `typed.py` tells whether Kubernetes' own types could hold a workload.
What is done with the answers is elsewhere: `schedule/` divides, `render/` writes, `plan/` compares, `observe/` reports.
"""
