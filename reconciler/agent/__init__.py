"""The agent of one member (`syncMode: Pull`): applies what the leader decided for it, and reports. It never schedules.

| File | What it is for |
|---|---|
| `controller.py` | the decision in force, passes over it, and the report; what the daemon's loop calls |
| `scope.py` | the part of a revision, and of what was recorded, that concerns one member |
| `report.py` | the report that follows from a pass |

The loop, the log, the metrics and the probes are those of `daemon/`; a pass is that of `passes/`. How the leader reads the
reports is in `passes/member_branches.py` and `record/fold.py`.
"""
