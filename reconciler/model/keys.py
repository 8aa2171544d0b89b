"""Names of types, objects, policies and clusters: sortable, printable, usable as keys."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NewType

ClusterName = NewType("ClusterName", str)
"""`metadata.name` of a Cluster."""


@dataclass(frozen=True, slots=True, order=True)
class GroupVersionKind:
    """The type of an object, given by `apiVersion` and `kind`."""

    group: str
    """Empty for the core group."""
    version: str
    kind: str

    @classmethod
    def parse(cls, api_version: str, kind: str) -> GroupVersionKind:
        """`apps/v1`, `Deployment` → (apps, v1, Deployment); `v1` has the empty group."""
        return _parsed_type(api_version, kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


@lru_cache(maxsize=1024)
def _parsed_type(api_version: str, kind: str) -> GroupVersionKind:
    """Cached, because a fleet has few types and almost every function about an object starts with its type."""
    group, slash, version = api_version.rpartition("/")
    return GroupVersionKind(group if slash else "", version, kind)


@dataclass(frozen=True, slots=True, order=True)
class ResourceKey:
    """The name of one object in a cluster, independent of the API version."""

    group: str
    kind: str
    namespace: str
    """Empty for objects of cluster-scoped kinds."""
    name: str

    @property
    def qualified_kind(self) -> str:
        """`Deployment.apps`, `ConfigMap`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def namespaced_name(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.qualified_kind} {self.namespaced_name}"


@dataclass(frozen=True, slots=True, order=True)
class PolicyRef:
    """Names one policy. Sorts by kind, namespace, name."""

    kind: str
    """PropagationPolicy, ClusterPropagationPolicy, OverridePolicy or ClusterOverridePolicy."""
    namespace: str
    """Empty for the cluster-wide kinds."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


CLUSTER_SCOPED_FOLDER = "_cluster"
"""The first part of paths of cluster-scoped objects. No namespace can have this name."""


def path_of(key: ResourceKey) -> str:
    """`<namespace>/<Kind>.<group>/<name>`, the path of the object in directory members and on the status branch.

    Characters that some file systems do not allow are percent-encoded; a part that is too long ends with a digest.
    """
    folder = key.namespace or CLUSTER_SCOPED_FOLDER
    return "/".join(_shortened(_UNSAFE.sub(_percent_encoded, part)) for part in (folder, key.qualified_kind, key.name))


def _shortened(part: str) -> str:
    """Kubernetes allows 253 characters and most file systems 255 bytes, which must include a suffix."""
    if len(part) <= _LONGEST_PART:
        return part
    digest = hashlib.sha256(part.encode()).hexdigest()[:32]
    return f"{part[: _LONGEST_PART - 34]}%%{digest}"  # No encoded part contains two percent signs in a row.


_LONGEST_PART = 240
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:@+,=~-]|^\.")  # A leading dot would hide the file, or lead out of the folder.


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
