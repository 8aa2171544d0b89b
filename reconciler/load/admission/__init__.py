"""Karmada's admission of a policy or a Cluster: the object as its API would store it, and why its API would refuse it.

No API server sees a file in Git, so the defaults and checks of Karmada's resource definitions and webhooks are applied here. Each
module needs only the one document. Types, enums and required fields: `load/schemas/karmada.py`. Checks that need several objects:
`load/crosscheck.py`. Stored documents → typed objects: `load/parse.py`.

| File | What it is for |
|---|---|
| `admit.py` | the entrance: one document through all steps of admission |
| `pruning.py` | drops unknown and null fields, as an API server does |
| `metadata.py` | names, labels and annotations of every kind |
| `propagation.py` | PropagationPolicy and ClusterPropagationPolicy: defaults and checks |
| `placement.py` | `spec.placement` of these policies |
| `overrides.py` | OverridePolicy and ClusterOverridePolicy |
| `clusters.py` | Cluster |
| `quotas.py` | FederatedResourceQuota |
| `multi_cluster_services.py` | MultiClusterService |
| `resource_models.py` | `spec.resourceModels` of a Cluster |
| `url.py` | URLs as Go reads them |
| `refusal.py` | the messages of refusals, and label checks that several modules share |
"""
