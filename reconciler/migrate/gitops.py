"""What the importers of Argo CD and Flux share: the request, and the result as files, remarks and settings. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.load.kustomization import NAMES
from reconciler.load.translation import IsThis, this_repository
from reconciler.migrate.configuration import ConfigurationNeeds
from reconciler.migrate.declared import Declared, RepositoryFiles, declared_in, joined_path
from reconciler.migrate.folding import Folded, fold
from reconciler.migrate.imported import Imported, ImportedFile, Remark
from reconciler.migrate.placed import Member, Placed, Selected
from reconciler.migrate.written import application_files, cluster_files, namespace_file, unresolved
from reconciler.model.expansion import FOREIGN_KINDS, is_listed
from reconciler.model.manifest import Manifest, gvk_of
from reconciler.model.selector import LabelSelector


@dataclass(frozen=True, slots=True)
class GitOpsRequest:
    """What a user asks for, and what HEAD says about it."""

    files: RepositoryFiles
    into: str = "imported"
    """The folder for templates and policies."""
    own_cluster: str = "in-cluster"
    """The Cluster that the tool itself runs in."""
    clusters: Mapping[str, str] = field(default_factory=dict)
    """Name → server (Argo CD) or folder (Flux) of clusters that nothing else declares."""
    repositories: tuple[str, ...] = ()
    """The URLs of this repository."""
    declared_clusters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Clusters that HEAD declares, with their labels: they stay as they are."""
    declared_namespaces: frozenset[str] = frozenset()
    """… and Namespaces."""

    @property
    def is_this(self) -> IsThis:
        """Whether a URL is that of this repository."""
        tests = [this_repository(url) for url in self.repositories] or [this_repository("")]
        return lambda url, manifest: any(one(url, manifest) for one in tests)


@dataclass(frozen=True, slots=True)
class GitOpsImport:
    """What one import comes to."""

    imported: Imported
    needs: ConfigurationNeeds
    applications: int
    """Objects of the other tool that became templates, once for each cluster."""
    templates: int
    """What they were folded into."""
    clusters: int


def assemble(
    placed: Sequence[Placed],
    members: Iterable[Member],
    request: GitOpsRequest,
    needs: ConfigurationNeeds,
    remarks: Iterable[Remark],
    beside: Iterable[ImportedFile] = (),
) -> GitOpsImport:
    """beside: files with objects that templates refer to."""
    used = {one.cluster for one in placed}
    named = [one for one in members if one.name in used or one.subject]
    labels: dict[str, Mapping[str, str]] = {one.name: one.labels for one in named}
    labels |= request.declared_clusters
    chosen, lost = _still_chosen(placed, labels)
    folded = fold(chosen)
    files = [
        *application_files(folded, request.into),
        *namespace_file(placed, request.into, request.declared_namespaces),
        *cluster_files(named, request.declared_clusters),
        *beside,
    ]
    found = [*_dangling(unresolved(folded)), *_contested(folded), *_inherited(folded)]
    told = sorted({*remarks, *lost, *_unjoined(named, request.declared_clusters), *found})
    imported = Imported(tuple(sorted(files)), tuple(told))
    return GitOpsImport(imported, needs, len(placed), len(folded), len({one.name for one in named}))


def _still_chosen(placed: Iterable[Placed], labels: Mapping[str, Mapping[str, str]]) -> tuple[list[Placed], list[Remark]]:
    """Without choices by labels that come to other clusters here, and a remark about each. labels: of each Cluster."""
    found: list[Placed] = []
    remarks: set[Remark] = set()
    for one in placed:
        selector = LabelSelector.parse(one.choice.selector) if one.choice else None
        if one.choice is None or selector is None:
            found.append(one)
            continue
        here = {name for name, each in labels.items() if selector.matches(each)}
        if here == one.choice.clusters:
            found.append(one)
            continue
        found.append(replace(one, choice=None))
        what = f"it chooses clusters with {selector.canonical or 'any labels'}, which are others in this repository"
        consequence = "Its policies name the clusters one by one, and a new cluster does not get its objects."
        remedy = "Give the Clusters their labels (`reconciler label`), and import again with --overwrite."
        remarks.add(Remark(one.choice.maker, one.origin, what, consequence, remedy))
    return found, sorted(remarks)


def expanded_kinds(placed: Iterable[Placed]) -> tuple[str, ...]:
    """The kinds of templates that stay objects of the other tool, sorted."""
    return tuple(sorted({kind for one in placed if one.template for kind in _foreign(one.template)}))


def _foreign(template: Manifest) -> list[str]:
    gvk = gvk_of(template)
    return [gvk.kind] if is_listed(gvk, FOREIGN_KINDS) else []


def _unjoined(members: Iterable[Member], declared: Collection[str]) -> list[Remark]:
    consequence = "Its Cluster says neither an address nor a credential, so nothing is written there."
    return [
        Remark(
            one.subject or f"Cluster {one.name}",
            one.origin,
            "its address and credential are not imported",
            consequence,
            "Run `reconciler join NAME --kubeconfig FILE --context CONTEXT` for each.",
        )
        for one in members
        if one.name not in declared
    ]


def _dangling(found: Iterable[tuple[Placed, str]]) -> list[Remark]:
    consequence = "It does not wait for that here."
    remedy = "State reconciler.dev/depends-on by hand, for an object that is a template."
    return [
        Remark(one.subject, one.origin, f"it depends on {name}, which is no template", consequence, remedy) for one, name in found
    ]


def _inherited(found: Iterable[Folded]) -> list[Remark]:
    """Templates that a new cluster gets by its labels, although they differ by cluster."""
    consequence = "A new cluster with these labels gets what most clusters have, not values of its own."
    remedy = "Name a new cluster in the OverridePolicy, in the commit that adds it."
    return [
        Remark(one.choice.maker, one.placed[0].origin, f"{one.name} differs by cluster", consequence, remedy)
        for one in found
        if one.choice is not None and one.rules
    ]


def _contested(found: Iterable[Folded]) -> list[Remark]:
    """Templates that several policies name: where they agree on all but the clusters, they are one policy."""
    named: dict[Selected, list[Folded]] = defaultdict(list)
    for folded in found:
        for selected in folded.selected:
            named[selected].append(folded)
    consequence = "Only one policy owns a template, so the clusters of the others do not get it."
    remedy = "Let one policy name all the clusters, and remove the object from the others."
    remarks = set()
    for selected, several in named.items():
        for one in several[1:]:
            what = f"{selected.kind} {selected.name} of its folder is named by the policy {several[0].name}, too"
            remarks.add(Remark(one.placed[0].subject, one.placed[0].origin, what, consequence, remedy))
    return sorted(remarks)


def files_of(found: Iterable[Declared], files: RepositoryFiles) -> tuple[tuple[str, ...], list[Remark]]:
    """The files of this repository that declare objects of the other tool alone, as paths to exclude, sorted; and a remark about
    each file that declares others, too."""
    by_path: dict[str, list[Declared]] = defaultdict(list)
    for one in found:
        if one.origin.file in files.contents:
            by_path[one.origin.file].append(one)
    alone: list[str] = []
    remarks = []
    for path in sorted(by_path):
        if len(declared_in(path, files.contents[path])) == len(by_path[path]):
            alone.append(path)
            continue
        first = by_path[path][0]
        consequence = "So it is not excluded, and its objects of the other tool are templates that no policy selects."
        remedy = "Move them to a file of their own, and add it to spec.exclude."
        remarks.append(Remark(first.subject, first.origin, "its file declares other objects, too", consequence, remedy))
    return _folded_paths(alone, files), remarks


def _folded_paths(paths: list[str], files: RepositoryFiles) -> tuple[str, ...]:
    """A folder in place of its files, where a kustomization is all that it has besides them."""
    found = set(paths)
    for folder in sorted({path.rpartition("/")[0] for path in paths} - {""}):
        inside = {path for path in files.contents if path.startswith(f"{folder}/")}
        others = inside - set(paths)
        if others and others <= {joined_path(folder, name) for name in NAMES}:
            found = found - inside | {folder}
    return tuple(sorted(found))


def sorted_rules(rules: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Without those that repeat others."""
    found = {repr(sorted(rule.items())): rule for rule in rules}
    return tuple(found[name] for name in sorted(found))
