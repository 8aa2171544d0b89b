"""A Lease of the host cluster (`coordination.k8s.io/v1`). The API server decides which of two writers was first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import MERGE, Api, Response
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import NotConfiguredError
from reconciler.cluster.not_configured import HOST_REMEDY
from reconciler.cluster.servers import Servers
from reconciler.model.lease import Lease
from reconciler.model.manifest import get, mapping, text

_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
VERSION = "coordination.k8s.io/v1"
REQUESTED = "reconciler.dev/requestedAt"
"""The annotation of a request to read the repository."""


class HostLeases:
    """Leases of one namespace of the host cluster. An async context manager: its end closes the connection."""

    def __init__(self, access: Access, name: str) -> None:
        """name: `NAME` or `NAMESPACE/NAME`; without a namespace it is the one of this Pod. Raises NotConfiguredError."""
        namespace, _, self._name = name.rpartition("/")
        self._namespace = namespace or own_namespace()
        if access.host is None:
            raise NotConfiguredError("a Lease needs the host cluster, and this process has none", remedy=HOST_REMEDY)
        self._servers = Servers(access)
        self._api: Api = self._servers.host()
        self._leases = f"/apis/{VERSION}/namespaces/{self._namespace}/leases"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._servers.close()


class HostLease(HostLeases):
    """The Lease of the leader."""

    def __init__(self, access: Access, name: str) -> None:
        """Arguments: as for `HostLeases`."""
        super().__init__(access, name)
        self.place = f"the Lease {self._namespace}/{self._name} of the host cluster"

    async def read(self) -> Lease | None:
        """None: there is none yet. Raises MemberError."""
        try:
            response = await self._api.request("GET", self._path, what=f"read {self.place}")
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        return _lease_of(response.document)

    async def write(self, before: Lease | None, holder: str, seconds: float) -> Lease | None:
        """Makes it the lease of this holder, or releases it (an empty holder). before: what it replaces. Returns the new lease;
        None where another process wrote in the meantime. Raises MemberError."""
        now = micro_time()
        spec: dict[str, Any] = {"holderIdentity": holder, "leaseDurationSeconds": max(1, round(seconds)), "renewTime": now}
        if before is None or before.holder != holder:
            spec |= {"acquireTime": now, "leaseTransitions": 0 if before is None else before.transitions + bool(holder)}
        try:
            if before is None:
                manifest = {
                    "apiVersion": VERSION,
                    "kind": "Lease",
                    "metadata": {"name": self._name},
                    "spec": spec,
                }
                response = await self._api.request("POST", self._leases, body=manifest, what=f"create {self.place}")
            else:
                response = await self._patch({"metadata": {"resourceVersion": before.version}, "spec": spec})
        except RefusedError as error:
            if error.is_precondition_failure:
                return None
            raise
        return _lease_of(response.document)

    async def request_fetch(self) -> bool:
        """Requests that the holder read the repository, which it notices when it renews. Returns True. Raises MemberError."""
        await self._patch({"metadata": {"annotations": {REQUESTED: micro_time()}}})
        return True

    async def _patch(self, patch: dict[str, Any]) -> Response:
        return await self._api.request("PATCH", self._path, body=patch, content_type=MERGE, what=f"update {self.place}")

    @property
    def _path(self) -> str:
        return f"{self._leases}/{self._name}"


def own_namespace() -> str:
    """The namespace of this Pod. Raises NotConfiguredError outside of a Pod."""
    try:
        return _OWN_NAMESPACE.read_text().strip()
    except OSError as error:
        message = "this process runs in no Pod, so its namespace is unknown"
        raise NotConfiguredError(message, remedy="Name the namespace: --lease-name NAMESPACE/NAME.") from error


def micro_time() -> str:
    """Now, as Kubernetes writes a MicroTime."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _lease_of(document: Any) -> Lease:
    spec = mapping(document, "spec")
    seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    return Lease(
        holder=text(document, "spec", "holderIdentity"),
        seconds=seconds if isinstance(seconds, int) else 0,
        version=str(get(document, "metadata", "resourceVersion", default="")),
        renewal=text(document, "spec", "renewTime"),
        transitions=transitions if isinstance(transitions, int) else 0,
        requested=text(document, "metadata", "annotations", REQUESTED),
    )
