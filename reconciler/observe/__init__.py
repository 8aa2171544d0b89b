"""The status of the objects that members hold.

| File | What it is for |
|---|---|
| `collector.py` | per object of a member: whether it was applied, its health, and what it reports |
| `member_health.py` | whether a member counts as Ready: what was observed, damped |
| `reflected.py` | the status that a member reports for its copy, by the rule of the kind |
| `waiting_pods.py` | Pods that no node takes |

Elsewhere: the rule for the health of each kind is in `interpreter/`, decisions that follow from health are in `transition/`, the
status branch is in `record/`, and summaries for people are in `present/`.
"""
