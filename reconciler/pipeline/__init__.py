"""The pure part of a pass: one revision and the recorded state in, the manifests for every cluster out.

| File | What it is for |
|---|---|
| `pipeline.py` | the table of contents: decide → follow → render, as one short function |
| `snapshot.py` | what all templates have in common: the clusters with their facts, the rules about kinds, what errors protect |
| `in_turn.py` | the decision about an object of a rollout, as far as that has come |
| `staged.py` | the objects that rollouts stage, and what each cluster has of them |
| `rollouts.py` | which rollouts a revision begins, replaces and ends |
| `changed_objects.py` | which objects a revision changes |
| `stated.py` | what the policies of a revision state about an object, besides its content |
| `claiming.py` | which policy of a revision claims a template |
| `claimed.py` | what a decision depends on before anything is scheduled |
| `evict.py` | which objects leave which members, because something failed there |
| `deschedule.py` | which workloads give up replicas on a member because no node takes them |
| `trials.py` | what would be decided about an object if it moved |
| `places.py` | where objects that leave members would go, by themselves and beside each other |
| `quotas.py` | what workloads use of FederatedResourceQuotas, and which decisions would be too much |
| `demands.py` | what workloads, and objects that are expanded, ask of quotas |
| `room.py` | what is left of the capacity of members while a pass decides |
| `scheduling.py` | where the policy of a template puts it, in the circumstances of the pass |
| `decide.py` | step 1: claim → schedule → transition, for each template by itself |
| `follow.py` | step 2: dependencies go to the clusters of the workloads that require them |
| `autoscalers.py` | autoscalers whose limits are divided as the workloads that they scale |
| `namespaces.py` | Namespaces go to the clusters of the objects in them, where the Configuration says so |
| `tenants.py` | where Tenants are asked in the three steps, and the issues that follow |
| `recall.py` | steps 1 and 2 for an agent, which decides nothing: what the record says |
| `render.py` | step 3: from placements to manifests; needs no scheduler |
| `children.py` | Charts and Kustomizes become the objects that they expand to: compiled templates like any other |
| `families.py` | what each of them comes to on each of its clusters, as far as that is known |
| `expansions.py` | what the programs are asked for one copy, and for what it builds |
| `contents.py` | what is inside of Charts and Kustomizes, for the decisions that count it |
| `check_children.py` | children that an API server refuses; policies that name a child |
| `render_context.py` | what renderings have in common |
| `gates.py` | the names of Jobs that run once for each revision |
| `scales.py` | the numbers of replicas that autoscalers gave to workloads, in place of those of their templates |
| `check_autoscalers.py` | issues about autoscalers that scale nothing, or that something else works against |
| `check_rendered.py` | what was rendered, against the schemas of its kinds |
| `compiled.py` | the result of the three steps for every template |
| `issues.py` | the issues of a compilation |
| `check_order.py` | issues about objects that wait for each other in a circle, or for what is placed elsewhere |
| `sealed_families.py` | what of a family is encrypted, and whether it may be decrypted for it |
| `check_recipients.py` | issues about encrypted files that are not encrypted for their members, or for others, too |
| `explained.py` | what the issues of the files explain already |
| `unserved.py` | issues about members that do not serve the kind of an object |
| `works.py` | the work of every member, made from the result |
| `compiler.py` | `load` and the pipeline with their memo; one Compiler for each repository |
| `revision.py` | from a commit to the desired state: the one place that feeds a compiler from Git |
| `process/` | where a compiler runs: in a thread, or in a worker process |

What each step knows is in `claim/`, `schedule/`, `transition/` and `render/`; this room calls them in order.
"""
