"""Real control planes on loopback: how they are started and stopped (start). Their programs are in `tests/parts`.

Nothing here imitates Kubernetes: what answers the tests is kube-apiserver over etcd, with kube-controller-manager,
kube-scheduler and kwok (Nodes that only pretend) where Pods have to become Ready.
"""
