"""A config repository whose members are real API servers, in a corner of them that belongs to one test.

Control planes are dear, so tests share them: each world has an instance of its own, and a namespace of its own for which `shop`
stands in its files. What other tests left there is foreign to it.
"""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tests.controlplane.start import ControlPlane
from tests.support.fleet import Files, World, document

T = TypeVar("T")

MERGE = "application/merge-patch+json"
KUBECONFIG = "reconciler.dev/kubeconfig"
INSTANCE = "reconciler.dev/instance"
ID = "reconciler.dev/id"
DIGEST = "reconciler.dev/digest"
EVENTS = " /apis/events.k8s.io/v1/"
WRITING = frozenset({"create", "update", "patch", "delete", "deletecollection"})

_ROOTS = {
    "api/v1": "configmaps resourcequotas secrets services serviceaccounts pods persistentvolumeclaims",
    "apis/apps/v1": "deployments statefulsets replicasets",
    "apis/batch/v1": "jobs cronjobs",
    "apis/autoscaling/v2": "horizontalpodautoscalers",
    "apis/discovery.k8s.io/v1": "endpointslices",
    "apis/networking.k8s.io/v1": "ingresses",
    "apis/rbac.authorization.k8s.io/v1": "roles rolebindings",
}
_ROOT_OF = {plural: root for root, plurals in _ROOTS.items() for plural in plurals.split()}
_NUMBERS = count(1)


class ServerWorld(World):
    """A repository `config`, a kubeconfig file for each member below `config.members`, and the program to run on them."""

    def __init__(self, folder: Path, planes: Sequence[ControlPlane], files: Files | None = None, *, named: str = "") -> None:
        """named: of the namespace and the instance; drawn where nobody needs to know."""
        self.planes = {plane.name: plane for plane in planes}
        self.namespace = named or f"shop-{next(_NUMBERS)}"
        super().__init__(folder)
        self.members.mkdir(parents=True, exist_ok=True)
        for plane in planes:
            (self.members / f"{plane.name}.kubeconfig").write_bytes(plane.kubeconfig.read_bytes())
        self.commit({**self.fleet(), **(files or {})})

    def fleet(self) -> dict[str, str]:
        """Configuration, Cluster files and the namespace that everything is in."""
        return {
            "reconciler.yaml": configuration(self.namespace),
            **{f"clusters/{name}.yaml": member(name) for name in self.planes},
            "namespace.yaml": document("Namespace", "shop", ""),
        }

    def commit(self, files: Files, *gone: str) -> str:
        return super().commit({path: text.replace('"shop"', f'"{self.namespace}"') for path, text in files.items()}, *gone)

    # What members hold, asked by other means than the program's

    def path(self, plural: str, name: str = "") -> str:
        """Of an object in this world's namespace, or of all of them; of what is in no namespace by its whole path."""
        if "/" in plural:
            return f"{plural}/{name}" if name else plural
        return f"/{_ROOT_OF[plural]}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def get(self, name: str, plural: str, which: str) -> Any:
        """The object as the member holds it; None where it does not."""
        try:
            return self.planes[name].request(self.path(plural, which))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            raise

    def holders(self, plural: str, which: str) -> list[str]:
        return [name for name in self.planes if self.get(name, plural, which) is not None]

    def put(self, name: str, plural: str, item: str, *, by: str = "somebody") -> Any:
        """Made by another field manager; `item` as the builders write it."""
        body = json.loads(item.replace('"shop"', f'"{self.namespace}"'))
        return self.planes[name].request(f"{self.path(plural)}?fieldManager={by}", "POST", body)

    def put_namespace(self, name: str) -> None:
        """The world's namespace, made by somebody else."""
        self.put(name, "/api/v1/namespaces", document("Namespace", "shop", ""))

    def edit(self, name: str, plural: str, which: str, change: Any, *, by: str = "kubectl-edit", more: str = "") -> Any:
        """A merge patch by another field manager. more: a subresource, such as `/scale`."""
        path = f"{self.path(plural, which)}{more}?fieldManager={by}"
        return self.planes[name].request(path, "PATCH", change, MERGE)

    def remove(self, name: str, plural: str, which: str) -> None:
        self.planes[name].request(self.path(plural, which), "DELETE")

    # What was asked of members

    def audited(self) -> dict[str, int]:
        """A place in each member's audit log, for `requests`."""
        return {name: len(plane.audited()) for name, plane in self.planes.items()}

    def audited_in_full(self) -> dict[str, int]:
        """As `audited`, when the servers have written all their lines. A busy server writes a line after its answer arrived."""
        before: dict[str, int] = {}
        while before != (now := self.audited()):
            before = now
            time.sleep(0.5)
        return now

    def requests(self, since: dict[str, int], name: str = "") -> list[str]:
        """Verb and path of everything that the program has asked since; of one member, or of all."""
        return [
            f"{entry['verb']} {entry['requestURI']}"
            for plane in self.planes.values()
            if name in ("", plane.name)
            for entry in plane.audited()[since[plane.name] :]
            if entry.get("userAgent", "") == "reconciler"
        ]

    def asked_in_passes(self, since: dict[str, int]) -> list[str]:
        """`requests` without the question to a member from which nothing arrived for a while."""
        return [request for request in self.requests(since) if request != "get /version"]

    def writes(self, since: dict[str, int], name: str = "") -> list[str]:
        """Those of them that write, or try what writing would come to; without Events about what was written."""
        asked = self.requests(since, name)
        return [request for request in asked if request.partition(" ")[0] in WRITING and EVENTS not in request]


def configuration(instance: str, **spec: Any) -> str:
    return document("Configuration", "config", "", api="reconciler.dev/v1alpha1", spec={"instance": instance, **spec})


def member(name: str, kubeconfig: str = "", *, annotations: dict[str, str] | None = None, **spec: Any) -> str:
    """A Cluster file; the kubeconfig is NAME.kubeconfig unless told otherwise."""
    named = {KUBECONFIG: kubeconfig or f"{name}.kubeconfig", **(annotations or {})}
    return document("Cluster", name, "", api="cluster.karmada.io/v1alpha1", annotations=named, spec={"syncMode": "Push", **spec})


def eventually(ask: Callable[[], T], *, seconds: float = 120) -> T:
    """The first answer that is true; a test that waits for more than it should fails with the last one.

    Asking takes at most a third of the time, for many questions run git or a whole command: what they are about needs the cores.
    """
    deadline = time.monotonic() + seconds
    while not (answer := _asked(ask)):
        assert time.monotonic() < deadline, f"not within {seconds} s; the last answer was {answer!r}"
    return answer


def _asked(ask: Callable[[], T]) -> T:
    """The answer; where it is not true, after a pause that is twice as long as asking took."""
    begun = time.monotonic()
    if not (answer := ask()):
        time.sleep(min(max(0.05, 2 * (time.monotonic() - begun)), 1))
    return answer
