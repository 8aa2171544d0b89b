"""The exact manifest for each cluster, each field with its origin. Pure.

| File | What it is for |
|---|---|
| `render_placement.py` | the entrance for the pipeline: one placement to its manifests; refuses overrides that rename an object |
| `render_template.py` | numbers, override rules, cleaning, digest and ownership marks, in this order |
| `scaler_limits.py` | the minimum and the maximum of an autoscaler, divided among clusters |
| `override.py` | which override rules apply to an object on which cluster, and in which order |
| `render_parts.py` | an object of which a FederatedResourceQuota assigns each cluster its own |
| `overriders/` | what each kind of overrider does to a manifest |
| `preserved_labels.py` | labels that statePreservation adds to the successor of a lost copy |
| `write_policies.py` | the write policy of each manifest: what is left to the member |
| `hydrate.py` | the files of a hydrated branch |
| `export.py` | the files of an export: a config repository with everything for one member |
| `trace.py` | the same steps one by one, for `explain` |
| `digest.py` | the digest of a manifest |

Elsewhere: where a kind keeps its replicas and what is cleaned from it (`interpreter/`), our marks (`model/ownership.py`), fields
that a member keeps (`plan/retain.py`).
"""
