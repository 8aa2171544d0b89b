"""Documents against schemas: which fields are unknown, missing or of a wrong type, and what to write.

| File | What it is for |
|---|---|
| `karmada.py` | validates Karmada's kinds and ours, by the schemas in the folder `schemas/` of the repository |
| `kubernetes_kinds.py` | validates the built-in kinds of Kubernetes |
| `api_server_rules.py` | what an API server checks in built-in kinds beyond their published schemas |
| `misplaced_fields.py` | where a field belongs whose name is right and whose place is not |
| `removed.py` | versions of built-in kinds that Kubernetes does not serve any more |
| `object_rules.py` | what it refuses in an object although each field by itself is allowed |
| `pod_rules.py` | the same in Pods: no image, a mount without a volume, a restart policy that the kind does not allow |
| `pod_labels.py` | workloads whose selector does not match their own Pods |
| `crd.py` | validates kinds whose CustomResourceDefinition is in the repository |
| `list_keys.py` | lists in which no two items may be equal |
| `quick_check.py` | whether a document is valid, quickly |
| `explain_violations.py` | why a document is not valid, in words (the only module that imports jsonschema) |
"""
