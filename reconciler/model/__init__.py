"""Nouns that all rooms share. Standard library only.

Values are frozen. A user's manifest stays a plain document that is read through `manifest.py` and never mutated. The meaning of
each kind is in `interpreter/`; text becomes a document in `documents/`.

| File | What it is for |
|---|---|
| `keys.py` | names: types of objects, objects, policies, clusters |
| `file_names.py` | the path of the file that holds an object, in directory members and on the status branch |
| `survival.py` | how many replicas of a workload the loss of a cluster, zone or region must leave |
| `manifest.py` | one Kubernetes object as a document: read by path, copied with a change |
| `sealed.py` | values that SOPS encrypted: seals in their place, until the last step before a write |
| `sealed_expansion.py` | Charts and Kustomizes that have such values |
| `tree.py`, `origin.py`, `issues.py` | the files of a revision; file and line of a value; what is wrong, and where |
| `expansion.py` | what a Chart or Kustomize is expanded from, and what came of it |
| `desired.py`, `settings.py` | everything that one revision declares; its Configuration |
| `cluster.py`, `condition.py` | a declared member; its conditions |
| `moments.py` | a moment as text |
| `cluster_inventory.py` | rules that make members of the clusters that a host cluster knows |
| `capacity.py`, `cluster_affinity.py` | the resources of a member; which clusters a policy selects |
| `failover.py`, `eviction.py` | what happens when members or applications fail; the eviction of one object |
| `adoption.py` | whose objects are taken over because they carry the marks of a deployer that is replaced |
| `observed.py` | how a member differs from what would be written, and since when not |
| `suspended.py` | what people suspend by a commit |
| `window.py` | a window of time in which changes may reach members |
| `rollout.py` | how a change reaches the members one group after the other |
| `descheduling.py` | replicas that no node of a member takes |
| `url_patterns.py` | which URLs a pattern of a Tenant names |
| `tenant.py` | Tenants: what files below their folders may do |
| `policy.py`, `overrides.py`, `rebalancer.py`, `taint_policy.py`, `customization.py` | Karmada's policy kinds, parsed |
| `remedy.py` | a Remedy, and when it asks for something |
| `federated_hpa.py`, `cron_federated_hpa.py` | the autoscalers of a repository, parsed |
| `scale.py` | what they made of objects, as it is recorded |
| `quota.py` | a FederatedResourceQuota, and what of it is used |
| `multi_cluster_service.py`, `multi_cluster_api.py` | a MultiClusterService; names of the Multi-Cluster Services API |
| `declared_source.py` | a Source |
| `semver.py` | versions of semver.org, and ranges of them |
| `source_lock.py` | which sources a revision wants, and what `reconciler.lock` pins |
| `selector.py`, `selector_text.py`, `label_syntax.py` | selectors of labels and clusters; the text of `-l`; label syntax |
| `field_selector.py` | the text of `--field-selector` |
| `resource_selectors.py` | how closely a policy matches an object |
| `workload.py`, `quantity.py`, `weighted_division.py` | what is scheduled; resource quantities; division by weight |
| `trailers.py`, `consent.py` | trailers of a commit message; the one that consents to pruning |
| `binding.py`, `work.py` | the result of scheduling; the manifests of one cluster |
| `changes.py`, `live.py`, `health.py` | plans and outcomes; what a member holds; health of an object |
| `recorded.py`, `broken_file.py`, `member_report.py` | what earlier passes recorded; what the agent of a member reports |
| `object_event.py` | what is told in a member about one object |
| `ownership.py`, `managed_fields.py`, `autoscaling.py` | our marks on objects; owners of fields; autoscalers |
| `lifecycle.py` | annotations of other deployers that keep an object as it is |
| `helm_release.py` | which objects of a member belong to a Helm release |
| `former_managers.py` | fields of the deployer that wrote an object before, which become ours with it |
| `write_policy.py` | which fields of an object are left to members, and whether drift is corrected |
| `drift_record.py` | what is recorded about drift |
| `sighting.py` | a sign of life: when somebody last knew what the members hold |
| `ordering.py`, `hooks.py` | annotations about the order of objects; hooks as Argo CD reads them |
| `dependency_graph.py` | what can come first where some things need others |
| `recreation.py` | which objects may be deleted and created again |
| `lease.py` | who may lead a fleet, and for how long |
| `tracing.py` | spans: how long steps take, for whoever records them |
| `sharding.py` | which of several replicas writes to which member |
| `json_path.py` | the JSONPath templates of Kubernetes |
| `branch_names.py` | which texts are names of branches |
| `hydration.py` | to which branch the manifests of a member are written |
| `carried.py` | what a commit of an export says of itself; how often a report on a member is carried |
| `image_policy.py` | which tag of an image the files are to have |
| `go_json.py`, `memo.py` | a placement as Go writes it; remembered results |
| `wording.py`, `spelling.py`, `label_guess.py` | phrases of messages; what a misspelt word means, or a misspelt label |
"""
