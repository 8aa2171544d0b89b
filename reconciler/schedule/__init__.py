"""Which clusters, and how many replicas on each: Karmada's answer, with a reason for every cluster that is not a target.

`schedule_template.py` is the entrance. Other rooms have what is near: `transition/` decides how to get from the recorded
placement to this answer; `model/weighted_division.py` divides by weight, because a Job's completions are divided by the same
method.

| File | What it is for |
|---|---|
| `schedule_template.py` | whether a template is scheduled now, and its binding |
| `task.py` | the input of one decision: workload, placement, previous schedule, options |
| `result.py` | the result of one decision: targets, or a refusal |
| `reschedule.py` | the reasons to schedule again |
| `algorithm.py` | one run with one affinity: filter, rank, select, divide |
| `ordered_affinities.py` | `clusterAffinities`, tried one after the other |
| `affinity_terms.py` | which clusters match an affinity, and the overflow levels |
| `filters.py` | which clusters are eligible, with a reason for each other one |
| `workload_affinity.py` | affinity and anti-affinity between workloads |
| `candidates.py` | the eligible clusters in order of preference |
| `spread_constraints.py`, `spread_by_region.py` | selection by spread constraints, and by regions |
| `division.py`, `dynamic.py` | division of replicas: the strategies; division by available replicas |
| `estimator.py`, `component_sets.py` | how many replicas, or sets of components, fit into a cluster |
| `capacity_use.py` | of which members the capacity is needed |
| `reservations.py` | replicas that were decided and not seen yet, in whose place nothing else is put |
| `pdqsort.py` | Go's order of equal elements |
| `diagnosis.py` | messages: why nothing could be scheduled, why a cluster is not a target |
| `filter_report.py`, `explain_division.py` | the same decision explained: every filter's result, the arithmetic of the division |
| `explain_estimate.py` | how the estimate of one cluster comes about |
| `dependencies.py` | which objects go with which workloads (`propagateDeps`) |
| `observed_facts.py` | APIs and capacity that were observed, added to the declared clusters |
| `health_taints.py` | taints that follow a cluster's conditions (ClusterTaintPolicy) |
| `taint_eviction.py` | until when NoExecute taints let an object stay |
| `rebalance.py` | WorkloadRebalancer |
"""
