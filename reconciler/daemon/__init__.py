"""The process that stays (`run`): when to read the repository and the members, when to record, how to end.

| File | What it is for |
|---|---|
| `loop.py` | the loop: one pass at a time, status in batches, pauses after errors (sole home of apscheduler) |
| `waiting.py` | awaits what something else may end: the end of the process, a lost lease, the passing of time |
| `leader_election.py` | which of several processes leads; the others stand by |
| `sharding.py` | which members one of several replicas writes to |
| `branch_writer.py` | what the loop calls to write to other branches, and the commit on a branch of proposals |
| `hydration.py` | keeps hydrated branches in step with what passes find |
| `scheduled_updates.py` | looks at an interval for what is newer elsewhere, and commits or proposes it |
| `autoscaling.py` | lets autoscalers of the repository act while the loop runs |
| `inventoried.py` | the clusters that a host cluster knows |
| `newer_images.py`, `newer_sources.py` | the images that policies choose; what the lock file should pin |
| `failover_proposals.py` | the branch on which failover is proposed |
| `rollout_approvals.py` | asks the forge for the commit statuses that let a group begin |
| `rollout_reverts.py` | the commit that takes back a rollout that failed |
| `log.py` | the log: events of a pass as lines, for people or as JSON |
| `metrics.py` | events of a pass as Prometheus metrics |
| `revision_trace.py` | the trace of a revision, from the push until its objects are Current |
| `otlp.py` | spans to a collector of OpenTelemetry (an optional extra) |
| `notified.py` | what was told to forges and people, as log lines and a metric |
| `endpoints.py` | the endpoints of services over clusters, beside the passes |
| `object_events.py` | what a pass did to objects, as Events in their members |
| `shadow.py` | what a process would write that writes nothing: `/shadow`, metrics, log lines |
| `probes.py` | liveness and readiness |
| `http_server.py` | the HTTP server for metrics and probes |
| `webhook.py` | the receiver of webhooks: a push makes the loop fetch at once |
| `webhook_forms.py` | the requests of GitHub, GitLab, Gitea, Bitbucket and others: repository, branch |
| `webhook_signatures.py` | whether a webhook is authentic |
| `webhook_limits.py` | how many requests of a source, and which were received before |
| `webhook_repeats.py` | what a request causes that was received before |

What a pass does is in `passes/`; `passes/controller.py` is what the loop calls. Nothing here decides what a member must hold.
"""
