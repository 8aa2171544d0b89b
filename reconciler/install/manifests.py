"""The objects that `install` creates: those of `charts/reconciler` with the values that the request stands for.

    ServiceAccount, Role, RoleBinding       `get` on the Secrets of the namespace: the credentials of members
    ClusterRole, ClusterRoleBinding         only where the host cluster is a member itself
    Role, RoleBinding                       in the namespace of each ServiceAccount of a Tenant that the process may write as
    Secret                                  only with a folder of credentials
    Service reconciler-pages                only with a dashboard
    Service, NetworkPolicy, Deployment      the process

The Namespace is not among them: it may hold objects of other people, so it is created where it is missing and never deleted.
"""

from __future__ import annotations

from typing import Any

from reconciler.install import objects
from reconciler.install.owned import ACCOUNT, LEADER
from reconciler.install.request import GIT_SECRET, InstallRequest
from reconciler.install.workload import PAGES, PAGES_PORT, PROCESS_ARGUMENTS, MountedSecret, Process, workload_spec


def manifests(request: InstallRequest) -> list[dict[str, Any]]:
    """In the order in which they are created. The Secret contains the credentials, base64-encoded."""
    namespace, credentials = request.namespace, request.repository.credentials
    host_member = f"{LEADER.name}-host-member:{namespace}"
    return [
        objects.account(LEADER, ACCOUNT, namespace),
        *([objects.secret(LEADER, GIT_SECRET, namespace, credentials)] if credentials else []),
        *_members_rbac(namespace),
        *(objects.member_rbac(LEADER, host_member, ACCOUNT, namespace) if request.host_member else []),
        *objects.impersonation_rbac(LEADER, host_member, ACCOUNT, namespace, request.impersonated),
        objects.service(LEADER, namespace),
        *([objects.pages_service(LEADER, namespace)] if request.dashboard_secret else []),
        objects.network_policy(LEADER, namespace, request.repository.url, pages=bool(request.dashboard_secret)),
        objects.deployment(LEADER, namespace, workload_spec(_process(request))),
    ]


def _members_rbac(namespace: str) -> list[dict[str, Any]]:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    own = objects.metadata(LEADER, ACCOUNT, namespace)
    return [
        {"apiVersion": objects.RBAC_API, "kind": "Role", **own, "rules": [rule]},
        {"apiVersion": objects.RBAC_API, "kind": "RoleBinding", **own, **objects.binds("Role", ACCOUNT, ACCOUNT, namespace)},
    ]


def _process(request: InstallRequest) -> Process:
    """`reconciler run`."""
    revision = [request.repository.revision] if request.repository.revision else []
    host = [f"--host-member={request.host_member}"] if request.host_member else []
    git_secret = request.repository.mounted_secret
    pages, pages_secret = _dashboard(request.dashboard_secret)
    return Process(
        release=LEADER,
        container="reconciler",
        account=ACCOUNT,
        image=request.image,
        arguments=("run", *revision, *PROCESS_ARGUMENTS, *host, *request.secrets.arguments(git_secret), *pages),
        url=request.repository.url,
        secrets=(*request.secrets.mounted(git_secret), *pages_secret),
        cpu="100m",
        memory=("256Mi", "1Gi"),
        pages=bool(pages),
    )


def _dashboard(secret: str) -> tuple[tuple[str, ...], tuple[MountedSecret, ...]]:
    """The options that serve the pages, and what they read. secret: empty for no dashboard."""
    if not secret:
        return (), ()
    mounted = MountedSecret(PAGES, PAGES, secret)
    arguments = (f"--dashboard=0.0.0.0:{PAGES_PORT}", f"--dashboard-settings={mounted.folder}/dashboard.yaml")
    return arguments, (mounted,)
