"""The process that stays (`run`): when to read the repository and the members, when to record, how to end.

| File | What it is for |
|---|---|
| `loop.py` | the loop: one pass at a time, status in batches, pauses after errors (sole home of apscheduler) |
| `done_before.py` | awaits work that must not hold up the end of the process |
| `leader_election.py` | which of several processes leads; the others stand by |
| `sharding.py` | which members one of several replicas writes to |
| `log.py` | the log: events of a pass as lines, for people or as JSON |
| `metrics.py` | events of a pass as Prometheus metrics |
| `notified.py` | what was told to forges and people, as log lines and a metric |
| `object_events.py` | what a pass did to objects, as Events in their members |
| `probes.py` | liveness and readiness |
| `http_server.py` | the HTTP server for metrics and probes |
| `webhook.py` | the receiver of webhooks: a push makes the loop fetch at once |
| `webhook_forms.py` | the requests of GitHub, GitLab, Gitea, Bitbucket and others: repository, branch |
| `webhook_signatures.py` | whether a webhook is authentic |
| `webhook_limits.py` | how many requests of a source, and none twice |

What a pass does is in `passes/`; `passes/controller.py` is what the loop calls. Nothing here decides what a member must hold.
"""
