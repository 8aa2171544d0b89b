"""How members join and leave: `join` and `unjoin`.

| File | What it is for |
|---|---|
| `join.py` | account, credential and Cluster file of a new member, in this order |
| `unjoin.py` | the reverse: Cluster file, account, credential |
| `places.py` | where accounts and credentials are kept, and the administrator's access |
| `cluster_file.py` | the work tree of the repository: what is written there, and the commit |
| `cluster_manifest.py` | edits of the text that declares a Cluster; pure |
| `account.py` | the ServiceAccount and its rights in the member |
| `tokens.py` | tokens of that account: issued, checked, revoked |
| `credential_store.py` | a kubeconfig below the member root, or a Secret of the host cluster |
| `join_labels.py` | the labels on everything that `join` creates |
"""
