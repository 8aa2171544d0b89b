"""The process that stays: when to look at the repository and the members, when to record, how to end; probes and metrics.

`loop.py` decides when (sole home of apscheduler), `passes/controller.py` knows how.
`server.py` answers over HTTP, from `metrics.py` and `probes.py`. Nothing here decides what a member is to hold.
"""
