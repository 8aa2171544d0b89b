"""How members join and leave: `join` and `unjoin`.

Both commands plan all their writes from what exists, and carry the plan out afterwards (`edit/planned_writes.py`). They keep no
record of their own: a run that was stopped at any moment is finished by the next one, and a run that finds nothing to do writes
nothing. `join` writes the Cluster file last, after the credential was tested, so every declared member can be reached. `unjoin`
removes the Cluster first, so that nobody reconciles a member while its account is deleted. It deletes the credential last,
because only the credential gives access to the account.

| File | What it is for |
|---|---|
| `request.py` | what a user requests of the two commands |
| `join.py` | the plan of `join`: account, credential, Cluster file |
| `same_cluster.py` | … a name that has joined stays the same cluster |
| `account_setup.py` | … the account: created, or brought up to date |
| `credential_plan.py` | … the credential: a valid token in its store, and no other |
| `trial.py` | … a test of the credential |
| `unjoin.py` | the plan of `unjoin`: Cluster file, account, credential |
| `unjoin_credential.py` | … where the credential is |
| `unjoin_account.py`, `account_removal.py` | … who deletes the account, and how |
| `account.py` | the objects that define the account, and its rights |
| `admin_connection.py` | a connection to the member with which the account can be managed; what it reads and plans |
| `tokens.py` | tokens of the account: issued, checked, revoked |
| `credential_store.py` | a credential, and the planned writes to its store |
| `file_store.py`, `secret_store.py` | the stores: a kubeconfig below the member root, a Secret of the host cluster |
| `cluster_file.py` | which file of the work tree declares a Cluster |
| `cluster_manifest.py` | edits of the text of that file; pure |
| `failover_proposal.py` | the commit that lets objects leave members that fail; pure |
| `cluster_taints.py`, `cluster_labels.py` | … the edits that their arguments state; pure |
| `join_labels.py` | the labels on everything that `join` creates |
| `inventory/` | the clusters that a host cluster knows, as members |
| `connections.py` | connections to the member and to the host cluster |
"""
