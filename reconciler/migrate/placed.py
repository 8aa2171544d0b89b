"""What both importers make of the objects of their tool: a template on one cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from reconciler.model.keys import CLUSTER_NAME, ClusterName
from reconciler.model.manifest import Manifest
from reconciler.model.origin import NOWHERE, Origin

_LONGEST, _DIGEST = 48, 8


@dataclass(frozen=True, slots=True, order=True)
class Selected:
    """A template that is in a file of the repository already, as a policy selects it."""

    namespace: str
    """Empty for a cluster-scoped object."""
    api_version: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """How the other tool chose the clusters of several objects: by their labels."""

    maker: str
    """The object that chose, such as `ApplicationSet argocd/web`."""
    selector: Mapping[str, Any]
    """matchLabels and matchExpressions; empty for all clusters."""
    clusters: frozenset[ClusterName]
    """Those that it comes to."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One object of the other tool on one cluster."""

    name: str
    """In the other tool."""
    subject: str
    origin: Origin
    cluster: ClusterName
    template: Manifest | None
    """A Chart or Kustomize; the object itself, without its cluster, where that says more; None where `selected` are templates."""
    selected: tuple[Selected, ...] = ()
    maker: str = ""
    """The object that made it, such as an ApplicationSet; empty if somebody wrote it."""
    choice: Choice | None = None
    stays: bool = False
    """Whether objects stay on the cluster when nobody wants them any more: the tool does not prune."""
    suspended: bool = False
    new_namespace: str = ""
    """The Namespace that the tool creates."""
    depends: tuple[str, ...] = ()
    """Subjects of the objects that have to be healthy first, sorted."""


@dataclass(frozen=True, slots=True)
class Member:
    """A cluster that the other tool knows. Its address and credential are not here: `join` finds out both."""

    name: ClusterName
    server: str = ""
    """The URL by which objects name it; empty where they do not."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    """For what the tool makes of them; they are not imported."""
    project: str = ""
    subject: str = ""
    """The object that declares it; empty for the cluster that the tool itself runs in."""
    origin: Origin = NOWHERE


def cluster_name(name: str) -> ClusterName:
    """The name of a Cluster: at most 48 lower-case letters, digits and `-`. Names that are cut are told apart by a digest: those
    of EKS (`arn:aws:eks:…`) differ at their end."""
    if CLUSTER_NAME.fullmatch(name):
        return ClusterName(name)
    short = _with_allowed_characters(name)
    return ClusterName(short) if len(short) <= _LONGEST else distinct_name(name)


def distinct_name(name: str) -> ClusterName:
    """As `cluster_name`, with a digest in any case."""
    digest = sha256(name.encode()).hexdigest()[:_DIGEST]
    return ClusterName(f"{_with_allowed_characters(name)[: _LONGEST - _DIGEST - 1].strip('-')}-{digest}")


def _with_allowed_characters(name: str) -> str:
    """Without the scheme of a URL."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"^[a-z]+://", "", name.lower())).strip("-") or "cluster"
