"""Expansion: one Chart or Kustomize object becomes many objects, its children, for each cluster by itself.

The core states what is to be expanded (`ExpansionRequest`), an edge runs the program, and its output comes back as a fact
(`Expansion`). Requests and results are found by a key: a digest of everything that decides the output.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from reconciler.model.issues import Issue, errors_in
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.sealed import Sealed

GROUP, VERSION = "reconciler.dev", "v1alpha1"
CHART, KUSTOMIZE = "Chart", "Kustomize"
FOREIGN_KINDS: Mapping[str, str] = {
    "Application": "argoproj.io",
    "HelmRelease": "helm.toolkit.fluxcd.io",
    "Kustomization": "kustomize.toolkit.fluxcd.io",
}
"""Kinds of Flux and Argo CD, with their groups, that `spec.expand` of the Configuration may list: they are expanded then."""
EXPANDED_FROM = "reconciler.dev/expanded-from"
"""On a template that is expanded: what is known of its files, as JSON. Written when the files are read, and on no member."""
DEEPEST = 5
"""How deep objects that are expanded may be inside of each other: what a file declares counts as the first."""

ExpansionKey = NewType("ExpansionKey", str)
"""`sha256:` and hex digits: of the source, the values, the capabilities of the cluster, and all else that is asked."""


class Tool(StrEnum):
    """The program that expands."""

    HELM = "helm"
    KUSTOMIZE = "kustomize"


@dataclass(frozen=True, slots=True)
class SourceEntry:
    path: str
    """From the root of the source, with `/`."""
    blob: str
    """Git's id of the content."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files that a program reads: a folder of the repository, or what was fetched from elsewhere."""

    digest: str
    """`sha256:` and hex digits, of the paths and contents."""
    files: tuple[SourceEntry, ...]
    """Sorted by path."""
    at: str = ""
    """Its root, as a path in the repository; empty for the root of the repository."""
    links: tuple[str, ...] = ()
    """Paths of what is neither a file nor a folder: links and submodules; sorted."""
    beside: tuple[SourceEntry, ...] = ()
    """Files with values that are not in it, each below a folder of its own: the name by which `valuesFiles` refer to it as
    `$NAME/PATH`; sorted."""


@dataclass(frozen=True, slots=True)
class ExpansionRequest:
    """What one run of the program is asked for. It does not say how the program is called."""

    key: ExpansionKey
    tool: Tool
    source: Source
    folder: str
    """Of the chart or the kustomization, from the root of the source; empty for the root itself."""
    release: str = ""
    """The name of the release (Helm)."""
    namespace: str = ""
    values_files: tuple[str, ...] = ()
    """Files with values, from the folder of the chart, or `$NAME/PATH` for one beside it. They count less than `values`."""
    values: tuple[str, ...] = ()
    """Values as text of YAML or JSON; a later one counts more."""
    kube_version: str = ""
    """Of the cluster; empty where it is not known."""
    apis: tuple[str, ...] = ()
    """What the cluster serves: `apps/v1` and `apps/v1/Deployment`, sorted; empty where it is not known."""
    crds: bool = True
    """Whether the CustomResourceDefinitions in the folder `crds` belong to the output (Helm)."""
    overlay: str = ""
    """A kustomization on top of the folder, as text of JSON (Kustomize)."""
    generated: str = ""
    """The kustomization of a folder that has none, as text of JSON."""
    post: tuple[str, ...] = ()
    """Kustomizations for the output, each for that of the one before it, as text of JSON without their resources (Helm)."""
    sealed: bool = False
    """Whether seals in `values` stand for encrypted values."""
    private: bool = False
    """Whether it holds values that were decrypted: neither they nor the output may be written to a disk, and its key is an HMAC
    with a key of this process."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What came of one request."""

    key: ExpansionKey
    output: str = ""
    """The objects, as YAML."""
    issues: tuple[Issue, ...] = ()
    """What is wrong with the source, sorted, at its files. There is no output where one of them is an error."""
    unavailable: bool = False
    """Whether there is no output because the program cannot be run here: nothing is known of the source then."""
    lasting: bool = True
    """Whether the same request has the same result again."""
    sealed: tuple[Sealed, ...] = ()
    """The files with values that SOPS encrypted, sorted by path: the output has seals in place of these values."""

    @property
    def failure(self) -> Issue | None:
        """The first error; None where there is an output."""
        return next(iter(errors_in(self.issues)), None)


Expansions = Mapping[ExpansionKey, Expansion]
"""The facts that a compilation gets."""
NO_EXPANSIONS: Expansions = {}


@dataclass(frozen=True, slots=True)
class ExpansionNeeds:
    """What one compilation asked for."""

    missing: tuple[ExpansionRequest, ...] = ()
    """Requests without a result, sorted by key. The compilation is preliminary while there are any."""
    used: frozenset[ExpansionKey] = frozenset()
    """The keys of all requests."""
    unknown_on: Mapping[ClusterName, tuple[ResourceKey, ...]] = field(default_factory=dict)
    """By cluster: the objects of which it is not known what they expand to there, sorted."""

    def followed_by(self, last: ExpansionNeeds) -> ExpansionNeeds:
        """What both ask for. last: of the decision that counts."""
        missing = {request.key: request for request in (*self.missing, *last.missing)}
        return ExpansionNeeds(tuple(missing[key] for key in sorted(missing)), self.used | last.used, last.unknown_on)


NO_NEEDS = ExpansionNeeds()


@dataclass(frozen=True, slots=True)
class Parent:
    """The object that a child was expanded from."""

    key: ResourceKey
    file: str = ""
    """The file of the chart that the child comes from, as helm tells it; empty where it is not told."""


def is_expanded(key: ResourceKey) -> bool:
    """Whether objects of this kind are expanded on the way to a cluster, and never written to it themselves. Of kinds that a
    Configuration lists, `ResourceTemplate.is_expanded` says so."""
    return key.group == GROUP and key.kind in _KINDS


def is_listed(kind: GroupVersionKind | ResourceKey, listed: Collection[str]) -> bool:
    """Whether it is one of these kinds of Flux and Argo CD."""
    return kind.kind in listed and FOREIGN_KINDS.get(kind.kind) == kind.group


def is_expanded_kind(gvk: GroupVersionKind) -> bool:
    return gvk.group == GROUP and gvk.kind in _KINDS


_KINDS: Collection[str] = frozenset({CHART, KUSTOMIZE})
