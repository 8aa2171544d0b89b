"""The example repository, wherever this program is installed, and the files that `init` starts with."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import ReconcilerError


def example_repository() -> Path:
    """The folder `example-repo`: in the wheel below the package, in a checkout beside it."""
    package = Path(__file__).parents[1]
    for place in (package / "_data" / "example-repo", package.parent / "example-repo"):
        if place.is_dir():
            return place
    raise ReconcilerError("the example repository is not part of this installation", remedy="Install the wheel again.")


STARTER = {
    "reconciler.yaml": """\
# Settings of this repository; every field is optional. See `reconciler validate` when something is misspelt.
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata:
  name: reconciler
spec:
  # How much of what we own on a member one sync may delete without consent.
  pruneGuard:
    maxShare: 50%
""",
    "clusters/member1.yaml": """\
# A directory member: its live state is the folder `member1` below the member root (by default `<repository>.members`).
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: member1
  labels:
    environment: dev
spec:
  syncMode: Push
  apiEndpoint: file:member1
""",
    "apps/hello/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
  namespace: default
  labels:
    app: hello
spec:
  replicas: 1
  selector:
    matchLabels:
      app: hello
  template:
    metadata:
      labels:
        app: hello
    spec:
      containers:
        - name: hello
          image: nginx:1.27
""",
    "apps/hello/policy.yaml": """\
# Which clusters the workload goes to.
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: hello
  namespace: default
spec:
  resourceSelectors:
    - apiVersion: apps/v1
      kind: Deployment
      name: hello
  placement:
    clusterAffinity:
      clusterNames:
        - member1
""",
}
