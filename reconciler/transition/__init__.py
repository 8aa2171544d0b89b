"""How to get from the placement in force to the new decision, without harm to running workloads. Pure; results carry reasons.

Karmada acts on a decision at once. Here a decision is carried out step by step, and only as far as this is safe.

| File | What it is for |
|---|---|
| `transition.py` | the way in: what this pass brings about for one template |
| `last_good.py` | the last good placement stays in force, with its content, where no new one can be decided |
| `handover.py` | make before break: an old copy goes when the new one is Current; some kinds break first |
| `eviction.py` | when an object leaves a member that fails, and how its evictions go on |
| `eviction_guard.py` | how many members may be given up, and how many objects may move, at once |
| `rollout.py` | how a rollout goes on from group to group, and when it stops |
| `windows.py` | whether windows of time allow a change now |
| `rollout_turns.py` | what an object waits for while a change is rolled out, in words |
| `staged_placement.py` | where an object is while a rollout is under way |
| `quota.py` | which decisions may come into force, so that no quota is exceeded |
| `descheduling.py` | when replicas that no node takes move on, and how many |
| `break_first.py` | which objects must not run twice, and therefore break first |
| `completions.py` | a divided Job: completions that exist do not change |
| `activation.py` | `activationPreference: Lazy`: a changed policy waits until the template changes |
| `renamed.py` | members that have another name now, and names that lead to another server |
| `protection.py` | what a file with an error protects from being moved or pruned |
| `suspension.py` | suspended objects, and objects that are preserved on deletion |

Elsewhere: which clusters a template goes to (`schedule/`), the manifests (`render/`), what is pruned (`plan/`).
"""
