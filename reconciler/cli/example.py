"""The example repository of this installation, and the files that `init` creates."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import ReconcilerError


def example_repository() -> Path:
    """The folder `example-repo`: inside the package in a wheel, next to the package in a checkout. Raises ReconcilerError."""
    package = Path(__file__).parents[1]
    for folder in (package / "_data" / "example-repo", package.parent / "example-repo"):
        if folder.is_dir():
            return folder
    raise ReconcilerError("this installation does not contain the example repository", remedy="Install the wheel again.")


STRICT = """\
  # A misspelled field of a policy is an error, as for `kubectl apply`. Lenient makes it a warning.
  validation: Strict
"""
LENIENT = """\
  # A misspelled field of a policy is a warning. Once there is no such warning, write Strict: an error, as for kubectl.
  validation: Lenient
"""
"""What takes the place of `STRICT` in a repository that has files already."""
STARTER = {
    "reconciler.yaml": f"""\
# Settings of this repository. Every field is optional; `reconciler validate` reports fields that do not exist.
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata:
  name: reconciler
spec:
{STRICT}  # The share of its objects on a member that one sync may delete without consent.
  pruneGuard:
    maxShare: 50%
""",
    "clusters/member1.yaml": """\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: member1
  labels:
    environment: dev
spec:
  syncMode: Push
  apiEndpoint: file:member1  # A directory member: its live state is this folder below the member root (<repository>.members).
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
# The clusters that receive the workload.
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
