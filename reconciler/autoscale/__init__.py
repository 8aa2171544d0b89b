"""How many replicas a FederatedHPA asks for, and when a CronFederatedHPA sets what. Pure.

| File | What it is for |
|---|---|
| `reading.py` | what the members showed of one workload: scales, Pods and metrics |
| `pods.py` | Pods and metrics, as members return them, as parts of a reading |
| `requests.py` | what a Pod requests of a resource |
| `proposals.py` | how many replicas one metric asks for |
| `normalize.py` | stabilization, limits of speed, minimum and maximum |
| `recommend.py` | one step of a FederatedHPA: reading and memory in, the number and its reasons out |
| `firings.py` | which rules of a CronFederatedHPA are due, and what they set |

The rules are those of Kubernetes' HorizontalPodAutoscaler (pkg/controller/podautoscaler), with one factor of Karmada's for
workloads whose members do not hold as many replicas as the template states (pkg/controllers/federatedhpa). Who reads the members
is `passes/autoscaling.py`; where the number takes effect, `pipeline/scales.py`.
"""
