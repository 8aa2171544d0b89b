"""What differs between desired and live, in which order to change it, and what must not be pruned. Pure.

| File | What it is for |
|---|---|
| `plan_cluster.py` | the entrance: from the work and the live objects of one member to a `ChangeSet` |
| `order.py` | the order of kinds, and the stages that follow from it |
| `prerequisites.py` | which change waits for which other change |
| `member_order.py` | what the manifests of a member say about their order: waves, dependencies by name, gates |
| `waits.py` | which changes wait because their turn has not come, and for which objects |
| `removal_waits.py` | the same for removals, which run backwards |
| `sync_order.py` | phases and waves as Argo CD orders them |
| `prune.py` | which objects are removed, how, and why others stay |
| `traffic.py` | which Services and Ingresses stay until the workload behind them has moved |
| `kept_removals.py` | a plan without some of its removals |
| `in_use.py` | what copies that stay on a member still use, so that it stays, too |
| `whole_object.py` | whether a member holds a manifest already, compared as a whole object |
| `drift.py` | drift on an API server: the fields that differ, who changed them, and the write that corrects it |
| `retain.py` | fields that a member keeps when an object is written as a whole |
| `apply_configuration.py` | the fields that we apply to an object on an API server |
| `ignored_fields.py` | the fields that the write policy of an object leaves to the member |
| `leave_to_member.py` | retention on an API server: fields that the member keeps are left to it |
| `list_keys.py` | empty keys of list items, which would make every apply add an item |
| `conflict.py` | whether an object that is not ours may be written |
| `unseal.py` | the work of a member with the values of encrypted files in place of their seals |
| `mask_secrets.py` | Secrets and what was encrypted in Git, with the values replaced, for diffs and output |
| `mask_text.py` | the same values in a text that others wrote, replaced |

Elsewhere: carrying out a change set is `apply/`, the health of written objects is `interpreter/` and `observe/`.
"""
