"""What kube-controller-manager's own autoscaler did in the situations of `situations.py`, recorded and replayed.

`python -m tests.autoscaling.record` records `steps.json`; `test_steps.py` replays it offline.
"""
