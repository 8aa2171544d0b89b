"""Who may do what: whether Tenants allow what was decided and rendered. Pure.

| File | What it is for |
|---|---|
| `rights.py` | what one Tenant allows of one object, cluster or override, with the reason where it does not |
| `governance.py` | the Tenants of one compilation: whose a file is, where an object may be, what may follow a workload |
| `removals.py` | how many copies a revision may remove |
| `accounts.py` | the ServiceAccount that the writes of an object are impersonated as |

A tenant reaches only the templates of its own folders: its policies claim no others, its overrides change no others, its
workloads bring no others along. So every rendered object is judged by one Tenant, that of its template's file.

Elsewhere: the noun (`model/tenant.py`), which Tenants count and what their files may not declare (`load/governed.py`), where in
the pipeline they are asked (`pipeline/tenants.py`), and which revision's Tenants judge another one (`passes/judges.py`).
"""
