"""Slices and routes as short as a test wants them, and the slices of a member in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError, SlicesToFollow
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.endpoints.copies import INSTANCE, MANAGED_BY, SERVICE_LABEL
from reconciler.endpoints.routes import CONNECTED, IMPORTED, Route
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, key_of, labels_of

M1, M2, M3 = (ClusterName(name) for name in ("m1", "m2", "m3"))
WEB = ("shop", "web")


def slice_of(name: str, *addresses: str, service: str = "web", namespace: str = "shop", **metadata: Any) -> dict[str, Any]:
    """As kube-controller-manager writes it."""
    endpoints = [{"addresses": [address], "conditions": {"ready": True}} for address in addresses]
    labels = {SERVICE_LABEL: service, MANAGED_BY: "endpointslice-controller.k8s.io", **metadata.pop("labels", {})}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, **metadata},
        "addressType": "IPv4",
        "endpoints": endpoints or None,
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def connected(*providers: str, to: tuple[str, ...], name: str = "web") -> Route:
    places = tuple(map(ClusterName, providers)), tuple(map(ClusterName, to))
    return Route(("shop", name), ("shop", name), "", CONNECTED, f"MultiClusterService shop/{name}", *places)


def imported(*providers: str, to: tuple[str, ...], name: str = "web") -> Route:
    places = tuple(map(ClusterName, providers)), tuple(map(ClusterName, to))
    return Route(("shop", f"derived-{name}"), ("shop", name), "imported-", IMPORTED, f"ServiceImport shop/{name}", *places)


class SlicesInMemory:
    """Implements MemberSlices: the slices of one member, as its API server would have them."""

    def __init__(self, *slices: Manifest) -> None:
        self.objects: dict[ResourceKey, PackedObject] = {}
        self.wanted = SlicesToFollow()
        self.log: list[str] = []
        """`write NAME` and `remove NAME`, in their order."""
        self.answers = True
        self.refuses: set[str] = set()
        """Names of slices that cannot be written."""
        self._changed: Callable[[], None] = lambda: None
        self.exported: dict[tuple[str, str], tuple[Manifest, Manifest | None]] = {}
        self._version = 0
        for one in slices:
            self.put(one)

    def put(self, document: Manifest) -> None:
        """By another client."""
        self._store(document)
        self._changed()

    def _store(self, document: Manifest) -> None:
        self._version += 1
        metadata = {**document["metadata"], "resourceVersion": str(self._version), "uid": document["metadata"]["name"]}
        self.objects[key_of(document)] = packed({**document, "metadata": metadata})

    def drop(self, name: str, namespace: str = "shop") -> None:
        del self.objects[ResourceKey("discovery.k8s.io", "EndpointSlice", namespace, name)]
        self._changed()

    def comes_back(self) -> None:
        self.answers = True
        self._changed()

    def follow(self, wanted: SlicesToFollow, changed: Callable[[], None]) -> None:
        self.wanted, self._changed = wanted, changed

    @property
    def provided(self) -> Mapping[ResourceKey, PackedObject] | None:
        if not self.answers or not self.wanted.provided:
            return None
        return {key: one for key, one in self.objects.items() if labels_of(one.manifest)[MANAGED_BY] not in (CONNECTED, IMPORTED)}

    @property
    def copies(self) -> Mapping[ResourceKey, PackedObject] | None:
        if not self.answers or not self.wanted.copies:
            return None
        return {key: one for key, one in self.objects.items() if INSTANCE in labels_of(one.manifest)}

    @property
    def trouble(self) -> str:
        return "" if self.answers else "it does not answer"

    async def settled(self) -> None:
        """Everything is known at once."""

    async def exports(self) -> dict[tuple[str, str], tuple[Manifest, Manifest | None]]:
        if not self.answers:
            raise MemberUnreachableError("it does not answer")
        return self.exported

    async def report_export(self, export: Manifest, conditions: Sequence[Any]) -> None:
        self.log.append(f"report {export['metadata']['name']}")
        service = export["metadata"]["namespace"], export["metadata"]["name"]
        self.exported[service] = {**export, "status": {"conditions": list(conditions)}}, self.exported[service][1]

    async def write(self, copy: Manifest, live: Manifest | None) -> None:
        self._request("write", copy)
        self._store(copy)

    async def remove(self, live: Manifest) -> None:
        self._request("remove", live)
        self.objects.pop(key_of(live), None)

    def _request(self, verb: str, manifest: Manifest) -> None:
        name = manifest["metadata"]["name"]
        self.log.append(f"{verb} {name}")
        if not self.answers:
            raise MemberUnreachableError("it does not answer")
        if name in self.refuses:
            raise MemberError(f"{name} is refused")

    @property
    def holds(self) -> dict[str, list[str]]:
        """The copies, by name: their addresses."""
        return {
            key.name: [address for endpoint in one.manifest["endpoints"] for address in endpoint["addresses"]]
            for key, one in sorted(self.objects.items())
            if INSTANCE in labels_of(one.manifest)
        }
