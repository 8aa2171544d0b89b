"""ClusterRole (rbac.authorization.k8s.io). With an `aggregationRule`, the controller manager writes the rules.

Source: Kubernetes, "Using RBAC Authorization", aggregated ClusterRoles: the control plane overwrites any values of `rules`.
"""

from __future__ import annotations

from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest, get, without


def leave_to_controllers(manifest: Manifest) -> Manifest:
    """A copy without the rules of an aggregated role. Applying them takes its rights away until the controller acts."""
    return manifest if get(manifest, "aggregationRule") is None else without(manifest, ("rules",))


RULES = KindRules(kind="ClusterRole", groups=("rbac.authorization.k8s.io",), leave_to_controllers=leave_to_controllers)
