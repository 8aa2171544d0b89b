"""Which clusters, and how many replicas on each: Karmada's answer, with a reason for every cluster that is left out.

`decide.py` is the way in. What is then done with the answer is `transition/`'s business; Webster's method itself, which a Job's
completions need too, is `model/webster.py`. Not here yet: spread constraints, ordered affinities, dynamic and aggregated
division. A policy that asks for them is answered with a reason, and what it placed before stays.
"""
