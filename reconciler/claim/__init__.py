"""Which policy owns which resource template, and why.

`claims.py` is the door: what we do, with recorded claims given up aloud where Karmada would leave a template behind.
`karmada.py` is Karmada's own answer, which conformance replays. The rules both use: `match.py` (which policies match),
`priority.py` (which of them comes first), `preemption.py` (which may take over), `reserved.py` (what is never
propagated).

How closely a selector names an object is in `model/matching.py`, since override policies match by the same rule.
Which clusters a claimed template goes to is decided in `schedule/`.
"""
