"""Members: one Protocol for all of them, and one module per kind of member.

| File | What it is for |
|---|---|
| `member_protocol.py` | the Protocol `MemberClient`, and its errors |
| `open_members.py` | opens the right kind of member for a Cluster file |
| `directory_member.py` | a folder of manifests as a member |
| `kubernetes_member.py` | a member with an API server: writes |
| `impersonation.py` | writes of a tenant as its ServiceAccount |
| `release.py` | the request that gives an object back, without our marks and our ownership |
| `server_side_apply.py` | the request of a server-side apply, and what it expects |
| `live_objects.py` | a member with an API server: the objects that it holds, kept up to date between passes |
| `reflector.py` | the objects of one kind: a list, then a watch |
| `news.py` | which changes of a live object are a reason for a pass |
| `service_exports.py` | ServiceExports with their Services, and their conditions |
| `endpoint_slices.py` | EndpointSlices that services over clusters need |
| `own_writes.py` | tells the events of our own writes from those of others |
| `foreign_objects.py` | watches single objects that are in the way of ours |
| `object_events.py` | Events about objects of a member, as series |
| `personal_look.py` | Pods, events and logs, by a token of the person who asks |
| `job_log.py` | the end of the log of a Job |
| `packed_objects.py` | one live object, compressed |
| `sweep.py` | which kinds have objects with our marks, although no template names the kind |
| `contents.py` | the objects that would be deleted together with a Namespace or a definition |
| `established.py` | waits until objects of a new CustomResourceDefinition can be written |
| `discovery.py` | the kinds that a server serves, with their paths |
| `cached_discovery.py` | the same, remembered between calls |
| `measurements.py` | what an autoscaler needs to know of a workload: its scale, its Pods, their metrics |
| `capacity_looks.py` | what a member has and what of it is requested: lists of its Nodes and Pods |
| `paged_lists.py` | the objects of one kind, page by page |
| `listing.py` | the selection and the rows of `get` |
| `tables.py` | the rows of `get` from an API server, as kubectl shows them |
| `followed_tables.py` | what happens to these rows later |
| `watch_lines.py` | the lines of a response that does not end |
| `access.py` | the ways to members that this process may use |
| `not_configured.py` | what this process lacks to reach a member |
| `lease.py` | a Lease of the host cluster, for the election of a leader |
| `replica_leases.py` | the Leases of the replicas that share the members |
| `host_check.py` | what this process lacks to reach the host cluster |
| `host_clusters.py` | connections to host clusters |
| `servers.py` | opens members with an API server, with one of four credentials |
| `connection.py` | a server, and the credential for it |
| `credentials.py` | makes a connection from a credential, and checks that it belongs to the Cluster |
| `cluster_profiles.py` | the credential of a member with a ClusterProfile |
| `access_providers.py`, `credential_program.py` | … the programs that the operator names; how one is run |
| `service_account.py` | the credential of a Pod |
| `plain_credentials.py` | the credential of a kubeconfig with a token |
| `kubeconfig_credentials.py` | the credential of a kubeconfig, by the client library |
| `proxies.py`, `environment_proxies.py` | the proxy on the way to a member; HTTPS_PROXY and NO_PROXY |
| `kubeconfig.py` | one context of a kubeconfig file |
| `connection_annotations.py` | the annotations of a Cluster file that name a connection |
| `api_client.py` | requests to one API server: sessions, retries, time-outs |
| `member_backoff.py` | the pause of a member that does not answer |
| `connection_probe.py` | notices that a server is silent although no connection was closed |
| `concurrency.py` | a limit for simultaneous requests |
| `slots.py` | the limits of a process over all members |
| `failures.py` | the refusals and failures of an API server as errors of ours |
| `refusal_text.py` | the sentence that matters in a refusal |
| `immutable_fields.py` | what to do where a server does not allow a change of a field |

The types and exceptions of the `kubernetes` library stop here. Elsewhere: what to write is decided in `plan/`, and how a cluster
becomes a member is in `membership/`.
"""
