"""Installs `reconciler run` in a host cluster, and removes it again: `install` and `uninstall`, for those who do not use Helm.

The objects are those of `charts/reconciler` with its default values; a test holds the two equal. Both commands plan all their
writes from what the host cluster holds, and carry the plan out afterwards (`edit/planned_writes.py`). A run that was stopped is
finished by the next one, and a run that finds nothing to do writes nothing. What carries other labels is somebody else's: it is
neither changed nor deleted.

| File | What it is for |
|---|---|
| `request.py` | what a user requests of the two commands |
| `manifests.py` | the objects |
| `objects.py`, `workload.py` | … those that `run` and `agent` both have; their Deployment |
| `owned.py` | the labels that say whose an object is, and the paths of objects |
| `host_cluster.py` | the connection to the host cluster; what it holds of ours |
| `install.py` | the plan of `install` |
| `uninstall.py` | the plan of `uninstall` |
| `rollout.py` | waits until the Deployment is ready |

How members join is in `membership/`, how they get an agent in `register/`, which uses the same objects and plans.
"""
