"""Passes over one revision: survey the members, plan, apply, observe, and remember the result.

| File | What it is for |
|---|---|
| `passes.py` | one pass, and a sync: passes until nothing waits any more |
| `sync.py` | a whole `sync` command: read the repository, run passes, record once |
| `controller.py` | passes for a process that stays (`run`): connections, watches and state that outlive a pass |
| `fleet.py` | the connections to all declared members |
| `dry_run.py` | what a member answers to a dry run, for drift that may only be spelling and for `--dry-run` |
| `preflight.py` | revisions that must not be reconciled, and why |
| `requeue.py` | when to make another pass although nothing changed |
"""
