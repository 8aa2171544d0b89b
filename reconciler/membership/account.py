"""The account by which the reconciler acts in a member: the objects that define it.

    Namespace                reconciler-system by default; an existing one is used as it is
    ServiceAccount           NAMESPACE/reconciler
    ClusterRole              reconciler:NAMESPACE, unless an existing ClusterRole is bound
    ClusterRoleBinding       reconciler:NAMESPACE
    ClusterRole and Binding  reconciler:NAMESPACE:impersonate, with `join --impersonate` only
    Secret                   NAMESPACE/reconciler-token-…; see `tokens.py`

**What the account may do.** The default ClusterRole is the smallest with which every kind of template works; each rule has its
reason. RBAC cannot express "every kind, but not its subresources" or "every kind except Secrets", so the default is wide. Users
who know which kinds a member receives write a smaller ClusterRole, and bind it with `join --role`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.interpreter.containers import namespace_manifest
from reconciler.membership.join_labels import JoinLabels
from reconciler.model.tenant import IMPERSONATE, ServiceAccount

NAMESPACE = "reconciler-system"
ACCOUNT = "reconciler"
TOKEN_PREFIX = f"{ACCOUNT}-token-"
"""The names of token Secrets begin with it."""
RBAC = "rbac.authorization.k8s.io"
CLUSTER_ROLES = f"/apis/{RBAC}/v1/clusterroles"
CLUSTER_ROLE_BINDINGS = f"/apis/{RBAC}/v1/clusterrolebindings"

RULES: tuple[Mapping[str, list[str]], ...] = (
    # Any kind may be a template, and a CustomResourceDefinition that is added later defines kinds that nobody can list today.
    # Server-side apply needs `patch`, and `create` for a new object; so do Events about objects. Drift detection needs `watch`,
    # pruning needs `delete`, and what the member has free (`dynamicWeight`) needs `list` of Nodes and Pods.
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch", "create", "patch", "delete"]},
    # A role among the templates may grant verbs that this account does not have, such as `update`. API servers accept such a role
    # and its binding only from users with these two verbs.
    {"apiGroups": [RBAC], "resources": ["roles", "clusterroles"], "verbs": ["escalate", "bind"]},
    # API servers accept a ClusterTrustBundle with a signer's name only from users who may attest for that signer.
    {"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "verbs": ["attest"]},
    # The version of the server, and the kinds that it serves.
    {"nonResourceURLs": ["/version", "/api", "/apis"], "verbs": ["get"]},
)
"""No `update` or `deletecollection`, and no other URL. No `impersonate` either: whoever wants Tenants with ServiceAccounts
grants it for those accounts alone (`impersonation_rules`)."""


def impersonation_rules(accounts: Collection[ServiceAccount]) -> list[dict[str, list[str]]]:
    """The rights to write as these accounts, which are to be in their groups then, too (docs/how-to/tenants.md)."""
    groups = sorted({group for account in accounts for group in account.groups})
    names = sorted({account.name for account in accounts})
    return [
        {"apiGroups": [""], "resources": ["serviceaccounts"], "resourceNames": names, "verbs": [IMPERSONATE]},
        {"apiGroups": [""], "resources": ["groups"], "resourceNames": groups, "verbs": [IMPERSONATE]},
    ]


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one reconciler in one member."""

    labels: JoinLabels
    namespace: str = NAMESPACE

    @property
    def role_name(self) -> str:
        """The name of its ClusterRole and of its ClusterRoleBinding. These have no namespace, and two reconcilers may act on one
        member, so the name contains the account's namespace."""
        return f"{ACCOUNT}:{self.namespace}"

    @property
    def impersonation_name(self) -> str:
        """The name of the ClusterRole and of the ClusterRoleBinding by which it may act as other accounts."""
        return f"{self.role_name}:{IMPERSONATE}"

    @property
    def user(self) -> str:
        """The user name that API servers give to the account."""
        return f"system:serviceaccount:{self.namespace}:{ACCOUNT}"

    @property
    def namespace_path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}"

    @property
    def path(self) -> str:
        return f"{self.namespace_path}/serviceaccounts/{ACCOUNT}"

    @property
    def role_path(self) -> str:
        return f"{CLUSTER_ROLES}/{self.role_name}"

    @property
    def binding_path(self) -> str:
        return f"{CLUSTER_ROLE_BINDINGS}/{self.role_name}"

    @property
    def impersonation_paths(self) -> tuple[str, str]:
        """Of the ClusterRoleBinding and of the ClusterRole."""
        return f"{CLUSTER_ROLE_BINDINGS}/{self.impersonation_name}", f"{CLUSTER_ROLES}/{self.impersonation_name}"

    @property
    def secrets_path(self) -> str:
        return f"{self.namespace_path}/secrets"

    def secret_path(self, name: str) -> str:
        return f"{self.secrets_path}/{name}"

    def namespace_manifest(self) -> dict[str, Any]:
        """Without labels: other people may put objects into the namespace, so `unjoin` does not delete it."""
        return namespace_manifest(self.namespace)

    def manifest(self) -> dict[str, Any]:
        """The ServiceAccount."""
        metadata = {"name": ACCOUNT, "namespace": self.namespace, "labels": self.labels.labels}
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}

    def role_manifest(self) -> dict[str, Any]:
        """The default ClusterRole."""
        return self._role(self.role_name, RULES)

    def binding_manifest(self, role: str) -> dict[str, Any]:
        """role: the name of the ClusterRole that the account gets."""
        return self._binding(self.role_name, role)

    def impersonation_manifests(self, accounts: Collection[ServiceAccount]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The ClusterRoleBinding and the ClusterRole by which it may act as these accounts."""
        name = self.impersonation_name
        return self._binding(name, name), self._role(name, impersonation_rules(accounts))

    def _role(self, name: str, rules: Iterable[Mapping[str, list[str]]]) -> dict[str, Any]:
        metadata = {"name": name, "labels": self.labels.labels}
        return {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": list(rules)}

    def _binding(self, name: str, role: str) -> dict[str, Any]:
        return {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name, "labels": self.labels.labels},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": self.namespace}],
        }

    def secret_manifest(self, name: str, secret_type: str) -> dict[str, Any]:
        """A Secret for a token of the account. secret_type: `Opaque`, or `kubernetes.io/service-account-token`."""
        metadata = {
            "name": name,
            "namespace": self.namespace,
            "labels": self.labels.labels,
            "annotations": {"kubernetes.io/service-account.name": ACCOUNT},
        }
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": secret_type}
