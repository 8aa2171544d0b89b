"""Applies what the leader decided for some of the members, and reports. It never schedules.

The agent of a member (`syncMode: Pull`) does so for this member, and one of several replicas of `run` for its shard.
Where no network leads to a member, somebody carries decision and report.

| File | What it is for |
|---|---|
| `follower.py` | the decision in force, passes over it, and the reports; what the daemon's loop calls |
| `controller.py` | the agent of one member |
| `shard.py` | a replica with a shard of the members, which may change |
| `scope.py` | the part of a revision, and of what was recorded, that concerns some of the members |
| `report.py` | the report that follows from a pass |
| `export.py` | at headquarters: what was decided for one member, as a file that somebody carries there |
| `carried.py` | at the site: takes that file, and makes the report on it |
| `carried_report.py` | at headquarters: takes the report that was carried back |

The loop, the log, the metrics and the probes are those of `daemon/`; a pass is that of `passes/`. How the leader reads the
reports is in `passes/member_branches.py` and `record/fold.py`.
"""
