"""The Leases of several replicas in the host cluster (`coordination.k8s.io/v1`), one each: together, the list of replicas.

A replica writes only to its own, but for the request to read the repository, and for the deletion of one that nobody renews.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import MERGE
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.lease import REQUESTED, VERSION, HostLeases, micro_time
from reconciler.model.manifest import get, mapping, text
from reconciler.model.sharding import Replica, ReplicaLease, View

_OF = "reconciler.dev/replica-of"
"""The label that all Leases of one group of replicas have; its value is the name of the group."""
_VIEW = "reconciler.dev/replicas"
"""The annotation with the replicas that the holder knows of."""
_LONGEST_LABEL = 63


class ReplicaLeases(HostLeases):
    """Those of one group of replicas."""

    def __init__(self, access: Access, name: str) -> None:
        """name: of the Lease of the leader; those of the replicas begin with it. Otherwise as for `HostLeases`."""
        super().__init__(access, name)
        self._group = self._name[-_LONGEST_LABEL:].lstrip("-.")
        self.place = f"the Leases {self._namespace}/{self._name}-* of the host cluster"

    async def read(self) -> list[ReplicaLease]:
        """Of all replicas, alive or not, sorted by name. Raises MemberError."""
        query = {"labelSelector": f"{_OF}={self._group}"}
        items, _ = (await self._api.request("GET", self._leases, query=query, what=f"list {self.place}")).page
        return sorted(map(_lease_of, items), key=lambda one: one.replica)

    async def create(self, replica: Replica, seconds: float) -> None:
        """The Lease of a replica that knows of nobody yet. Raises MemberError."""
        manifest = {
            "apiVersion": VERSION,
            "kind": "Lease",
            "metadata": {"name": self._name_of(replica), "labels": {_OF: self._group}},
            "spec": {"holderIdentity": replica, "leaseDurationSeconds": max(1, round(seconds)), "renewTime": micro_time()},
        }
        try:
            await self._api.request("POST", self._leases, body=manifest, what=f"create one of {self.place}")
        except RefusedError as error:
            if error.status != 409:  # The answer to an earlier attempt was lost: the name is drawn by this process.
                raise

    async def renew(self, replica: Replica, view: View) -> bool:
        """Says that this replica is alive, and which replicas it knows of. False where somebody deleted its Lease. Raises
        MemberError."""
        patch = {"metadata": {"annotations": {_VIEW: ",".join(sorted(view))}}, "spec": {"renewTime": micro_time()}}
        return await self._patch(replica, patch)

    async def request_fetch(self, replicas: Iterable[Replica]) -> None:
        """Requests that these read the repository, which each notices when it looks at the Leases. Raises MemberError."""
        patch = {"metadata": {"annotations": {REQUESTED: micro_time()}}}
        await asyncio.gather(*[self._patch(replica, patch) for replica in replicas])

    async def delete(self, replica: Replica, version: str = "") -> None:
        """version: which must be the last one; empty: whatever it is. Raises MemberError."""
        options = {"preconditions": {"resourceVersion": version}} if version else None
        try:
            await self._api.request("DELETE", self._path(replica), body=options, what=f"delete one of {self.place}")
        except RefusedError as error:
            if error.status not in (404, 409):
                raise

    async def _patch(self, replica: Replica, patch: dict[str, Any]) -> bool:
        try:
            await self._api.request(
                "PATCH", self._path(replica), body=patch, content_type=MERGE, what=f"update one of {self.place}"
            )
        except RefusedError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _path(self, replica: Replica) -> str:
        return f"{self._leases}/{self._name_of(replica)}"

    def _name_of(self, replica: Replica) -> str:
        """As a name of Kubernetes: a host's may have other letters."""
        return f"{self._name}-{re.sub('[^a-z0-9]+', '-', replica.lower()).strip('-')}"[:253].rstrip("-.")


def _lease_of(document: Any) -> ReplicaLease:
    spec = mapping(document, "spec")
    seconds = spec.get("leaseDurationSeconds")
    annotations: Sequence[str] = text(document, "metadata", "annotations", _VIEW).split(",")
    return ReplicaLease(
        Replica(text(document, "spec", "holderIdentity")),
        frozenset(Replica(name) for name in annotations if name),
        seconds=seconds if isinstance(seconds, int) else 0,
        renewal=text(document, "spec", "renewTime"),
        version=str(get(document, "metadata", "resourceVersion", default="")),
        requested=text(document, "metadata", "annotations", REQUESTED),
    )
