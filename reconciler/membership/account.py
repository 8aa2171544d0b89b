"""The account by which the reconciler acts in a member: the objects that define it.

    Namespace                reconciler-system by default; an existing one is used as it is
    ServiceAccount           NAMESPACE/reconciler
    ClusterRole              reconciler:NAMESPACE, unless an existing ClusterRole is bound
    ClusterRoleBinding       reconciler:NAMESPACE
    Role and RoleBinding     reconciler:NAMESPACE:impersonate, with `join --impersonate` only: in the namespace of each account
    Secret                   NAMESPACE/reconciler-token-…; see `tokens.py`

**What the account may do.** The default ClusterRole is the smallest with which every kind of template works; each rule has its
reason. RBAC cannot express "every kind, but not its subresources" or "every kind except Secrets", so the default is wide. Users
who know which kinds a member receives write a smaller ClusterRole, and bind it with `join --role`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


def impersonation_rules(accounts: Iterable[ServiceAccount]) -> dict[str, list[dict[str, list[str]]]]:
    """The rights to write as these accounts, and no others: namespace → rules of a Role there, sorted."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for account in accounts:
        names[account.namespace].add(account.name)
    rule = {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": [IMPERSONATE]}
    return {namespace: [{**rule, "resourceNames": sorted(found)}] for namespace, found in sorted(names.items())}


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
        """The name of each Role and RoleBinding by which it may act as other accounts."""
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

    def impersonation_paths(self, namespace: str) -> tuple[str, str]:
        """Of the RoleBinding and of the Role."""
        top = f"/apis/{RBAC}/v1/namespaces/{namespace}"
        return f"{top}/rolebindings/{self.impersonation_name}", f"{top}/roles/{self.impersonation_name}"

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
        metadata = {"name": self.role_name, "labels": self.labels.labels}
        return {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": list(RULES)}

    def binding_manifest(self, role: str) -> dict[str, Any]:
        """role: the name of the ClusterRole that the account gets."""
        return self._binding("Cluster", {"name": self.role_name}, role)

    def impersonation_manifests(self, accounts: Iterable[ServiceAccount]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """By namespace, the RoleBinding and the Role by which it may act as these accounts."""
        name = self.impersonation_name
        role = {"apiVersion": f"{RBAC}/v1", "kind": "Role"}
        return {
            namespace: (
                self._binding("", {"name": name, "namespace": namespace}, name),
                {**role, "metadata": {"name": name, "namespace": namespace, "labels": self.labels.labels}, "rules": rules},
            )
            for namespace, rules in impersonation_rules(accounts).items()
        }

    def _binding(self, scope: str, place: Mapping[str, str], role: str) -> dict[str, Any]:
        """scope: `Cluster`, or empty. place: name and namespace."""
        return {
            "apiVersion": f"{RBAC}/v1",
            "kind": f"{scope}RoleBinding",
            "metadata": {**place, "labels": self.labels.labels},
            "roleRef": {"apiGroup": RBAC, "kind": f"{scope}Role", "name": role},
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
