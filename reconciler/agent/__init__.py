"""Applies what the leader decided for some of the members, and reports. It never schedules.

The agent of a member (`syncMode: Pull`) does so for this member, and one of several replicas of `run` for its shard.

| File | What it is for |
|---|---|
| `follower.py` | the decision in force, passes over it, and the reports; what the daemon's loop calls |
| `controller.py` | the agent of one member |
| `shard.py` | a replica with a shard of the members, which may change |
| `scope.py` | the part of a revision, and of what was recorded, that concerns some of the members |
| `report.py` | the report that follows from a pass |

The loop, the log, the metrics and the probes are those of `daemon/`; a pass is that of `passes/`. How the leader reads the
reports is in `passes/member_branches.py` and `record/fold.py`.
"""
