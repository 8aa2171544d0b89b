"""The objects that `register` creates in a member: those of `charts/reconciler-agent` with the values of the request.

    ServiceAccount, ClusterRole, ClusterRoleBinding     the rights that `join` gives to a leader's account in a member
    Role, RoleBinding                                   in the namespace of each ServiceAccount of a Tenant to write as
    Secret                                              only with a folder that holds the credential
    PersistentVolumeClaim                               the mirror of the repository
    Service, NetworkPolicy, Deployment                  the process

The Namespace is not among them: it may hold objects of other people, so it is created where it is missing and never deleted.
"""

from __future__ import annotations

from typing import Any

from reconciler.install import objects
from reconciler.install.workload import PROCESS_ARGUMENTS, Process, workload_spec
from reconciler.register.request import AGENT, AGENT_GIT_SECRET, STATUS_BRANCH, AgentRequest

_CLAIM = f"{AGENT.name}-cache"


def manifests(request: AgentRequest) -> list[dict[str, Any]]:
    """In the order in which they are created. The Secret contains the credential, base64-encoded."""
    namespace, credentials = request.namespace, request.repository.credentials
    return [
        objects.account(AGENT, AGENT.name, namespace),
        *([objects.secret(AGENT, AGENT_GIT_SECRET, namespace, credentials)] if credentials else []),
        *([_claim(namespace)] if request.persistent else []),
        *objects.member_rbac(AGENT, f"{AGENT.name}:{namespace}", AGENT.name, namespace),
        *objects.impersonation_rbac(AGENT, f"{AGENT.name}:{namespace}", AGENT.name, namespace, request.impersonated),
        objects.service(AGENT, namespace),
        objects.network_policy(AGENT, namespace, request.repository.url),
        objects.deployment(AGENT, namespace, workload_spec(_process(request))),
    ]


def _claim(namespace: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **objects.metadata(AGENT, _CLAIM, namespace), "spec": spec}


def _process(request: AgentRequest) -> Process:
    """`reconciler agent`."""
    status = [f"--status-branch={request.status_branch}"] if request.status_branch != STATUS_BRANCH else []
    return Process(
        release=AGENT,
        container="agent",
        account=AGENT.name,
        image=request.image,
        arguments=("agent", request.member, *PROCESS_ARGUMENTS, *status, *request.secrets.arguments(request.mounted_secret)),
        url=request.repository.url,
        secrets=request.secrets.mounted(request.mounted_secret),
        cpu="50m",
        memory=("128Mi", "512Mi"),
        claim=_CLAIM if request.persistent else "",
    )
