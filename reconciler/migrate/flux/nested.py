"""Which objects of Flux another Kustomization builds, and which stand for themselves. Pure.

A Kustomization often builds HelmReleases and other Kustomizations, with patches. Such objects are not imported one by one,
because what is in their files is not what runs: the outer Kustomization stays one, and this program expands what it builds. The
exception is the Kustomization with which Flux reads its own folder (`flux bootstrap`), and one that hands out objects to other
clusters: these are no template, and what they build is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.load import flux
from reconciler.load.kustomization import NAMES, folders_of
from reconciler.load.not_expanded import Note
from reconciler.load.translation import FindSource, IsThis
from reconciler.migrate.declared import Declared, RepositoryFiles
from reconciler.migrate.flux.members import remote_of
from reconciler.model.manifest import labels_of
from reconciler.model.origin import Origin

KUSTOMIZATION, RELEASE = "Kustomization", "HelmRelease"
KUSTOMIZATIONS, RELEASES = "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"
_OWN = "flux-system"
"""The name and namespace of what `flux bootstrap` creates."""


@dataclass(frozen=True, slots=True)
class Nesting:
    """Kustomizations and HelmReleases by how they come about."""

    roots: tuple[Declared, ...]
    """Kustomizations that are no template."""
    own: tuple[Declared, ...]
    """Those that are imported one by one."""
    outer: frozenset[tuple[str, Origin]]
    """Subjects and places of those of `own` that build others."""
    files: frozenset[str]
    """The files of this repository that these build: they stay where they are."""
    beside: tuple[tuple[Declared, str], ...] = ()
    """Files that one of `roots` builds, and none of `own`, each with that one; sorted."""


def nesting_of(found: Sequence[Declared], files: RepositoryFiles, find: FindSource, is_this: IsThis) -> Nesting:
    """found: Kustomizations and HelmReleases, sorted."""
    built = {_identity(one): _built_by(one, found, files, find, is_this) for one in found if one.kind == KUSTOMIZATION}
    roots = tuple(one for one in found if one.kind == KUSTOMIZATION and _is_root(one, built[_identity(one)]))
    names = {_identity(one) for one in roots}
    outer = frozenset(name for name, objects in built.items() if objects and name not in names)
    inside = {_identity(each) for name in outer for each in built[name]}
    own = tuple(one for one in found if _identity(one) not in names | inside)
    paths = [_files_of(one, files, find, is_this) for one in own if _identity(one) in outer]
    others = frozenset().union(*(_files_of(one, files, find, is_this) for one in own if one.kind == KUSTOMIZATION))
    beside = [(one, path) for one in roots for path in sorted(_files_of(one, files, find, is_this) - others)]
    return Nesting(roots, own, outer, frozenset().union(*paths), tuple(beside))


def _identity(one: Declared) -> tuple[str, Origin]:
    return one.subject, one.origin


def _built_by(
    one: Declared, found: Iterable[Declared], files: RepositoryFiles, find: FindSource, is_this: IsThis
) -> list[Declared]:
    """The objects of Flux that a Kustomization builds: by the label that Flux wrote, or by its folder in this repository."""
    paths = _files_of(one, files, find, is_this)
    return [each for each in found if _owner(each) == (one.namespace, one.name) or each.origin.file in paths]


def _owner(one: Declared) -> tuple[str | None, str | None]:
    labels = labels_of(one.manifest)
    return labels.get(f"{KUSTOMIZATIONS}/namespace"), labels.get(f"{KUSTOMIZATIONS}/name")


def _files_of(one: Declared, files: RepositoryFiles, find: FindSource, is_this: IsThis) -> frozenset[str]:
    """The files of this repository that a Kustomization builds."""
    where = flux.locate_kustomization(one.manifest, find, is_this)
    if isinstance(where, Note) or where.wanted is not None:
        return frozenset()
    if not files.has(where.folder, NAMES):
        return frozenset(files.manifests(where.folder, deep=True))
    kustomizations = {path: data for path, data in files.contents.items() if path.rpartition("/")[2] in NAMES}
    folders = folders_of([where.folder], kustomizations)
    return frozenset(path for folder in folders for path in files.manifests(folder, deep=bool(folder)))


def _is_root(one: Declared, built: Iterable[Declared]) -> bool:
    built = list(built)
    return (one.namespace, one.name) == (_OWN, _OWN) or one in built or any(remote_of(each) for each in built)
