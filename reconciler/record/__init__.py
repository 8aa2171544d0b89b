"""The status branch: the recorded state that follows from a pass, its files, and the commit that writes them.

| File | What it is for |
|---|---|
| `next_state.py` | the state after a pass, from what was compiled and what the members showed |
| `observed.py` | the state after a pass that wrote nothing (`mode: Observe`) |
| `decisions.py` | the recorded decision of one object |
| `failover_facts.py` | since when a copy is unhealthy, and what of its status is preserved |
| `rollouts.py` | how far rollouts are, from what the members showed |
| `waiting_facts.py` | Pods without a node, as they are recorded |
| `families.py` | the status of a Chart or Kustomize: the roll-up of its children |
| `reports.py` | the recorded report of one object |
| `judged_later.py` | the health of copies whose status this program wrote after the pass |
| `clusters.py` | the recorded facts of one member |
| `discovery.py` | version and APIs of the members, as discovery finds them |
| `capacity.py` | the capacity of the members, recorded coarsely |
| `rebuild.py` | copies that members hold and no decision names, for a lost status branch and for members without a record |
| `lost_copies.py` | copies that are not as they were recorded any more, when a handover depends on them |
| `aggregated_status.py` | one status for all copies of an object |
| `branch_layout.py` | `RecordedState` ⇄ the files of the branch; the layout and its version |
| `state_reader.py` | reads one commit of the branch after the other, and of each what differs |
| `decision_documents.py`, `report_documents.py`, `cluster_documents.py` | one recorded value ⇄ its document |
| `rollout_documents.py` | a recorded rollout ⇄ its document |
| `scale_documents.py` | what autoscalers made of an object, and the firings of cron rules ⇄ their documents |
| `quota_documents.py` | what of a FederatedResourceQuota is used ⇄ its document |
| `eviction_fields.py` | a recorded eviction ⇄ an item of the document of its object |
| `descheduling_fields.py` | replicas that no node takes ⇄ fields of the document of their workload |
| `cluster_facts.py` | APIs and capacity of a member ⇄ fields of its document |
| `document_fields.py` | fields that several documents share |
| `member_reports.py` | the report of an agent ⇄ the file of its own branch |
| `sighting_file.py` | a sign of life ⇄ the file of its branch |
| `fold.py` | what agents report, in place of what a pass would have seen itself |
| `rollout_history.py` | which commit each cluster got by a rollout, at every state of an object |
| `object_history.py` | what the branch said about an object over time, from the commits that concern it |
| `readme.py`, `object_summary.py` | the front page of the branch; what it says of each object |
| `fleet_pictures.py`, `placement_map.py` | the pictures of the branch; where the workloads run, as a grid |
| `status_branch.py` | reads the branch, and commits to it what changed |

All of it but `status_branch.py`, `state_reader.py` and `object_history.py` is pure. The values themselves are in
`model/recorded.py`.

**Agents and shards.** A process that answers for some members reports the statuses of these members only
(`next_state.Observation.statuses`), and `next_state` joins the parts: per object, the statuses of all members, sorted by name.
The parts share no key, so their order does not matter. Of members that are missing, what is recorded stays; of members that
agents keep, the leader takes what they report (`fold.py`). A report also has what is not recorded: `ClusterStatus.reflected`
(the aggregated status needs it from every member), and the facts of the member.
"""
