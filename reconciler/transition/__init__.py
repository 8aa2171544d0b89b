"""How to get from what is in force to what was decided, kindly: pure, and with the reasons said.

Karmada acts on a decision at once; we keep the last good placement when there is none (`keep.py`), and make the new copy
before the old one goes (`handover.py`). `steps.py` is the way in. Rollout groups, windows and share guards over moves will
stand beside them.
"""
