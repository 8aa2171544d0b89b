"""Questions about a revision. The answers change nothing in the repository or in the members.

| File | What it is for |
|---|---|
| `diff.py` | the differences between two revisions in what they give to every member; offline |
| `revision_pair.py` | reads both revisions, and by whose Tenants HEAD is judged |
| `kept.py` | what stays in members although HEAD says otherwise; offline |
| `outline/` | the differences as a reviewer reads them: what matters first, equal ones together |
| `concerns/` | warnings about a change |
| `sealed_changes.py` | which encrypted values a change really changes |
| `rollout_statements.py` | who paused, approved or promoted a rollout, and when |
| `staged_changes.py` | the groups of clusters that get a change one after the other |
| `object_diff.py` | the noun of the three comparisons: one change to one object |
| `immutable_changes.py` | changes that members refuse because a field may not change; offline |
| `later_removals.py` | removals that wait for another copy; offline |
| `last_written.py` | what was written last of copies that stayed as they were; offline |
| `guarded.py` | removals that the prune guard would hold; offline |
| `upgrade.py`, `diff_upgrade.py` | what an upgrade changes: of helm, kustomize or Kubernetes; of this program |
| `other_program.py` | another installed version of this program |
| `diff_live.py` | the differences between a revision and what the members hold, by dry runs |
| `explain.py` | why one object is on its clusters and has its content |
| `history.py` | which commit did what, where, with what result |
| `bisect.py` | which commit broke a workload, or what else did |
| `object_changes.py` | what changed for one object from one recorded state to the next |
| `drift_report.py` | what other clients changed in the members, and whether these are in sync |
| `scaling_edits.py` | whether commits changed no more of an object than its number of replicas |
| `blame.py`, `field_sources.py` | where each field of a manifest comes from: file and line, commit, rule |
| `recorded_at.py` | which recorded state is meant by a revision or a time |
| `recorded_manifest.py` | the manifest of one object on one member as it was recorded |
| `simulate.py` | what would move if members were lost, tainted, added or changed |
| `rebalance.py` | what a WorkloadRebalancer would move |
| `timeline.py` | what would be evicted, and when, if members were lost or tainted for a while |
| `n_minus_1.py` | which workloads have too few replicas if a cluster, a zone or a region is lost |
| `workload_minimums.py` | the workloads with their replicas, and how many must be left of them |
| `survival.py` | warnings where a loss leaves less than the Configuration asks for |
| `lint.py` | warnings about policies and clusters that are valid and probably a mistake |
| `new_warnings.py` | which warnings of lint are in files that the last sync did not have like that |
| `admission.py` | objects that a member would refuse, by the policies that it gets or by the rules of a definition; offline |
| `admission_process.py`, `admission_worker.py` | the process in which objects are judged; the side that answers |
| `admission_limits.py` | what the two agree on |
| `forbidden_next.py` | warnings about what a revision's own Tenants forbid, where others judge it |
| `selectors_without_match.py` | lint: selectors that match no template |
| `policies_without_claim.py` | lint: policies whose objects other policies have claimed |
| `unconnected_services.py` | lint: services over clusters that connect less than they say |
| `clusters_without_match.py` | lint: clusters that no file declares, and choices that match none |
| `capacity_not_recorded.py` | lint: policies that divide by a capacity that is not recorded |
| `no_credential.py` | lint: members with an API server and no credential |
| `placement_causes.py` | which line of a policy, or which Cluster, moves an object |
| `places.py` | where one item of a policy is written |
| `overriders_without_effect.py` | lint: overriders that change none of their objects |
| `overriders_overridden.py` | lint: overriders that later ones replace |
| `override_runs.py` | what each overrider did to each object |
| `exclusions.py` | what a repository that existed before can leave out |
| `uncommitted.py` | files that a command did not look at, because they are not committed |
| `formatting.py` | the files that declare something, in one form |
| `get.py`, `follow.py` | objects of any kind, from all members; what happens to them later |
| `orphans.py` | objects of ours that nobody wants |
| `doctor/` | why a Service is not reached from other clusters |
| `live/` | logs, Events, usage, kinds, and the objects below one object, from all members |

Elsewhere: the answers as text, tables and JSON (`present/`); the decisions themselves (`pipeline/`).
"""
