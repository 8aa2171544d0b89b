"""Which clusters, and how many replicas on each: Karmada's answer, with a reason for every cluster that is left out.

`decide.py` is the way in. Whoever asks why gets every filter's verdict from `verdicts.py` and the arithmetic from `reckoning.py`.
What is then done with the answer is `transition/`'s business; Webster's method itself, which a Job's completions need too, is
`model/webster.py`.
"""
