"""What we know about each kind: replicas and requirements, dependencies, fields that a member sets, health, status.

Everything about a kind is in the file of its name, which ends with `RULES = KindRules(...)`. A new kind is one file and one
line in `registry.py`; there is no `if kind ==` elsewhere. Other rooms use the results: `schedule/` divides replicas, `render/`
writes manifests, `plan/` compares, `observe/` reports.

| File | What it is for |
|---|---|
| `precedence.py` | the entrance for a revision: which rule applies, declared, third-party or built-in |
| `registry.py` | the built-in rules by group and kind, one function for each operation |
| `rules.py` | `KindRules`: the operations that a kind can have rules for |
| `deployment.py`, `replicaset.py`, `statefulset.py`, `daemonset.py`, `pod.py` | workloads that run on |
| `job.py`, `job_status.py`, `cronjob.py` | workloads that end |
| `service.py`, `ingress.py`, `serviceexport.py`, `serviceimport.py` | networking |
| `configmap.py`, `secret.py`, `serviceaccount.py` | configuration and identities |
| `persistentvolume.py`, `persistentvolumeclaim.py` | storage |
| `horizontalpodautoscaler.py`, `poddisruptionbudget.py` | scaling and disruption |
| `clusterrole.py` | aggregated roles |
| `customresourcedefinition.py`, `apiservice.py` | extensions of the API |
| `mutatingwebhookconfiguration.py`, `validatingwebhookconfiguration.py` | webhooks |
| `ca_bundle.py` | placeholders of a CA bundle, which an injector fills in |
| `broadcastjob.py`, `cloneset.py`, `kruisestatefulset.py`, `uniteddeployment.py`, `workflow.py` | kinds of OpenKruise and Argo |
| `scaledobject.py` | ScaledObject of KEDA |
| `chart.py` | Chart of this project |
| `kstatus.py` | health of any kind by kstatus |
| `conditions.py` | `status.conditions`, and health values for kstatus rules |
| `containers.py` | what a Namespace or CustomResourceDefinition contains |
| `replicas.py` | reads and writes the number of replicas |
| `fields.py` | reads and writes one field as strictly as Kubernetes |
| `pod_references.py` | the objects that a pod template refers to |
| `pod_requirements.py` | the resources and nodes that a pod template needs |
| `resource_summary.py` | what Nodes and Pods come to as the capacity of a member |
| `status_items.py` | one status from those of several members |
| `status_counters.py` | the same for workloads whose status is a set of counters |
| `load_balancer.py` | addresses of load balancers, merged over members |
| `go_types.py` | whether Kubernetes' Go types can hold an object |
| `go_types_form.py` | an object as Go writes it back |
| `go_types_fields.py` | the fields of these types (generated) |
| `go_zero_values.py` | which of these fields are pointers, and which Go always writes |
| `defaults.py` | an object with the defaults that an API server fills in |
| `default_values.py` | the defaults that are always the same (recorded) |
| `default_rules.py` | the defaults that depend on other fields |
| `immutability.py` | the fields that may not change, by kind |
| `declared_rules.py` | rules written in Lua |
| `lua.py` | runs Lua scripts in a sandbox |
| `lua_values.py` | converts documents to Lua and back |
| `lua_results.py` | checks and converts what scripts return |
| `kube_library.py` | Karmada's Lua library `kube` |
| `sandbox/` | the part of the sandbox that is written in Lua |
| `thirdparty/` | rules in Lua for kinds of other projects |
| `argo_health/` | health by the rules of Argo CD |
"""
