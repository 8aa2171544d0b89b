"""Which policy owns which resource template, and why.

How closely a selector names an object is in `model/resource_selectors.py`, because override policies match by the same rule.
The clusters of a claimed template are decided in `schedule/`. Karmada's own claims, which differ where a recorded claim has
lapsed, are in `tests/conformance/karmada_claim.py`.

| File | What it is for |
|---|---|
| `claims.py` | the entrance: the claim of a template, with its reason |
| `match.py` | which policies match a template |
| `priority.py` | which of several matching policies comes first |
| `preemption.py` | which policy may take a template over from another (`preemption: Always`) |
| `reserved.py` | objects that no policy applies to |
"""
