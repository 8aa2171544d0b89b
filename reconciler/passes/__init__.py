"""Passes over one revision: survey the members, apply the plans, look again, remember the result.

| File | What it is for |
|---|---|
| `passes.py` | one pass, and passes until nothing is in progress |
| `unsealing.py` | puts the values of encrypted files into the works, before the plans |
| `survey.py` | everything before the first write: discover, compile, rebuild a lost record, look, plan, try by dry runs |
| `sweeps.py` | when members are searched for objects of kinds that nothing wants there |
| `capacity.py` | what members have free: observed where a policy uses it, recorded where it matters |
| `autoscaling.py` | acts on autoscalers of the repository between passes: reads members, fires cron rules |
| `correction.py` | drift of single objects, corrected at once, without a pass |
| `drift_check.py` | whether suspected drift is real, or only another spelling |
| `lost_owners.py` | who owns the fields of an object whose record of owners was wiped |
| `observing.py` | what the plans would change, where nothing is written (`mode: Observe`) |
| `dry_run.py` | what each write of `--dry-run` and `diff --live` would come to |
| `successors.py` | what must not run twice is removed only when a dry run shows that its successor is accepted |
| `waits.py` | which changes of a pass wait for their turn, and since when objects are waited for |
| `gate_logs.py` | what the Jobs of gates said at their end |
| `apply_all.py` | carries out the plans of all members |
| `pass_cache.py` | what passes computed, kept while what it was computed from stays |
| `object_backoff.py` | the pauses of single objects: refused, skipped, or changed again and again by another client |
| `fights.py` | objects that this process and another client change back again and again |
| `observation.py` | what members hold after the writes, as statuses |
| `progress.py` | how far a pass has come, for whoever watches it |
| `events.py` | what happened in a pass, as typed events |
| `object_events.py` | which outcomes are told as Events of the objects in their member |
| `failover_events.py` | what a pass begins because something failed, as events |
| `rollout_events.py` | what a pass made of rollouts, as events |
| `timers.py` | when time alone makes a difference for a failover |
| `waiting_pods.py` | asks members for Pods that no node takes |
| `result.py`, `verdict.py` | the result of a sync; whether the fleet is as the revision declares it |
| `endpoints.py` | the endpoints of services over clusters, exchanged once after the passes |
| `earlier.py` | the earlier revisions that rollouts need |
| `judges.py` | which Tenants judge a revision: those of the one that was applied before |
| `tenants.py` | what the Tenants say about plans: how much is removed, and as whom objects are written |
| `reconciliation.py`, `options.py` | what a pass works on, and the user's choices |
| `release.py` | gives every object of ours back, unmarked |
| `fleet.py` | all members at once: discover them, look at them |
| `same_server.py` | members that are one API server under two names |
| `defects.py` | unexpected exceptions, as sentences with a reference |
| `connections.py` | opens and closes the connections to a fleet |
| `member_branches.py` | reads what agents report |
| `stragglers.py` | waits for all members without letting a slow one hold up the others |
| `sync.py` | a whole `sync` command: read the repository, make passes, record once |
| `controller.py` | passes for a process that stays (`run`): connections and watches that outlive a pass |
| `status_recorder.py` | the state between passes, its commits, and what follows when somebody else moved the status branch |
| `signs_of_life.py` | shows on a branch of its own that the members are watched |
| `commit_message.py` | the messages of commits to the status branch |
| `preflight.py` | revisions that must not be reconciled, and the reason |
| `pass_backoff.py` | when the next attempt is due although nothing changed |
"""
