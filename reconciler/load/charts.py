"""Chart and Kustomize objects, and those that are expanded as such: the folders that they name, and what is wrong with these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.interpreter.chart import replicas_steps, stated_replicas
from reconciler.load.crosscheck import Finding
from reconciler.load.expanded_from import form_of
from reconciler.load.kustomization import MANIFESTS, NAMES, folders_of
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.patched import Patch
from reconciler.load.translate import Translated
from reconciler.load.translation import Path
from reconciler.load.wanted_sources import of_chart
from reconciler.model.expansion import CHART, FOREIGN_KINDS, GROUP, KUSTOMIZE, Tool, is_expanded
from reconciler.model.issues import error
from reconciler.model.manifest import Manifest, get, key_of, sequence, text
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.source_lock import SourceKind, SourceLock, WantedSource
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Tree

_CHART_FILE = "Chart.yaml"
KINDS = frozenset({CHART, KUSTOMIZE, *FOREIGN_KINDS})


@dataclass(frozen=True, slots=True)
class ExpandedObject:
    """One Chart or Kustomize of a revision."""

    file: ParsedFile
    parsed: ParsedObject
    tool: Tool
    folder: str
    """Of the chart or the kustomization, without a slash at the end; empty for the top of the repository."""
    folders: tuple[str, ...]
    """Those that belong to it, in the same form. Of a chart, its own."""
    missing: bool
    """Whether the folder that it names is no folder of a chart or kustomization. What is to be fetched and is not there, others
    tell (`wanted_sources.py`)."""
    translated: bool = False
    """As of its template."""
    plain: bool = False
    """Whether it names a folder of manifests without a kustomization, which Flux and Argo CD make one for."""
    holds_itself: bool = False
    """Whether the file that declares it is in such a folder: then it is not expanded."""
    place: int = 0
    """Of the source, in `spec.sources` of an Application."""
    path: Path = ()
    """The field that says where its files are."""
    named: tuple[str, ...] = ()
    """Of a kustomization: the folders that it names itself."""
    deep: bool = False
    """Of a folder without kustomization, whether the folders in it belong to it."""
    patches: tuple[Patch, ...] = ()
    """Of a kustomization: those that it states itself."""
    beside: tuple[tuple[str, str], ...] = ()
    """Of a chart: files with values beside it, as `Source.beside` names them, and their paths in the tree."""
    absent: tuple[tuple[Path, str], ...] = ()
    """Those that are not in the tree, with the field that says where they are."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """All of them."""

    objects: tuple[ExpandedObject, ...]
    values: tuple[tuple[str, ParsedFile], ...] = ()
    """Files of the repository with values beside a chart, by path, and who names them: also where the chart is not locked."""

    def takes(self, path: str, judges: Tenancy, elsewhere: Collection[str]) -> bool:
        """Whether a file belongs to an object that is expanded, and declares nothing itself: as one of a folder without
        kustomization, or with values beside a chart.

        Nobody takes the files of others in that way: those that another Tenant governs, or, for a file from elsewhere, those
        outside of its Source. elsewhere: the folders of Sources.
        """
        owners = [one.file for one in self.objects if one.plain and _is_in(path, one.folder)]
        owners += [file for at, file in self.values if at == path]
        return any(_may_take(file, path, judges, elsewhere) for file in owners)

    def refers_to(self, folder: str) -> bool:
        """Whether one of these objects names this folder, or one below it. The top of the repository has to be named itself."""
        folders = (one for each in self.objects for one in each.folders)
        return any(one == folder or (folder and one.startswith(f"{folder}/")) for one in folders)


def _may_take(file: ParsedFile, path: str, judges: Tenancy, elsewhere: Collection[str]) -> bool:
    """file: with the object that takes."""
    owner = judges.of(file.path)
    if owner is not None and judges.of(path) != owner:
        return False
    return all(_is_in(path, folder) for folder in elsewhere if _is_in(file.path, folder))


def values_beside(translated: Iterable[Translated]) -> tuple[tuple[str, ParsedFile], ...]:
    """As `Expanded.values`."""
    return tuple((file.file, one.file) for one in translated for file in one.where.beside if file.wanted is None)


def expanded_objects(
    files: Iterable[ParsedFile],
    translated: Iterable[Translated],
    contents: Mapping[str, bytes],
    tree: Tree,
    lock: SourceLock,
    memo: Memo,
) -> Expanded:
    """contents: of all files of the tree that may be kustomizations, by path. lock: where charts from elsewhere are in the
    tree."""
    found = [pair for block in memo.blocks(files) for pair in memo(_expanded_in, block)]
    own = [of_ours(file, parsed, contents, tree, lock) for file, parsed in found]
    return Expanded((*own, *(one for each in translated if (one := of_other_tools(each, contents, tree, lock)))))


def of_other_tools(one: Translated, contents: Mapping[str, bytes], tree: Tree, lock: SourceLock) -> ExpandedObject | None:
    """None where its source is not locked: `wanted_sources.py` tells that."""
    where, folder = one.where, one.where.folder
    beside = _beside(one, tree, lock)
    if beside is None:
        return None
    if where.wanted is not None:
        locked = lock.find(where.wanted)
        if locked is None:
            return None
        folder = _join(locked.folder, folder) if folder else locked.folder
        if where.chart and where.wanted.kind is not SourceKind.GIT:
            folder = _chart_in(folder, tree)
    if where.chart or (where.chart is None and _join(folder, _CHART_FILE) in tree):
        there = where.wanted is not None or _join(folder, _CHART_FILE) in tree
        absent = () if where.optional else tuple((path, at) for _, at, path in beside if at not in tree)
        return ExpandedObject(
            one.file,
            one.parsed,
            Tool.HELM,
            folder,
            (folder,),
            not there,
            True,
            place=one.place,
            path=one.path,
            beside=tuple(sorted({(name, at) for name, at, _ in beside if at in tree})),
            absent=absent,
        )
    return _of_folder(one, folder, contents, tree)


def _of_folder(one: Translated, folder: str, contents: Mapping[str, bytes], tree: Tree) -> ExpandedObject:
    """An object whose files are no chart. folder: where they are, in the tree."""
    elsewhere = one.where.wanted is not None
    form = form_of(one.parsed.manifest, False, folder, one.place)
    plain = not any(_join(folder, name) in tree for name in NAMES)
    there = elsewhere or not plain or any(_is_in(path, folder) and path.endswith(MANIFESTS) for path in tree)
    named = (folder, *(each for each in sequence(form, "spec", "components") if isinstance(each, str)))
    folders = tuple(sorted(folders_of(named, contents)))
    itself = plain and not elsewhere and _is_in(one.file.path, folder)
    missing = itself or not there
    return ExpandedObject(
        one.file,
        one.parsed,
        Tool.KUSTOMIZE,
        folder,
        folders,
        missing,
        True,
        plain=plain and not missing,
        holds_itself=itself,
        place=one.place,
        path=one.path,
        named=named,
        deep=text(form, "spec", "plain") == "deep",
        patches=_own_patches(form),
    )


def _beside(one: Translated, tree: Tree, lock: SourceLock) -> list[tuple[str, str, Path]] | None:
    """(name of the entry, path in the tree, field that says where it is) of each file with values beside a chart; None where a
    source of them is not locked."""
    found = []
    for file in one.where.beside:
        locked = None if file.wanted is None else lock.find(file.wanted)
        if file.wanted is not None and locked is None:
            return None
        at = file.file if locked is None else _join(locked.folder, file.file)
        found.append((f"{file.name}/{file.file}", at, file.path))
    return found


def _own_patches(form: Manifest) -> tuple[Patch, ...]:
    entries = sequence(form, "spec", "patches")
    return tuple(patch for one in entries for patch in Patch.of(get(one, "target"), text(one, "patch").encode()))


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _expanded_in(files: tuple[ParsedFile, ...]) -> list[tuple[ParsedFile, ParsedObject]]:
    return [(file, one) for file in files for one in file.objects if one.gvk.group == GROUP and is_expanded(key_of(one.manifest))]


def of_ours(
    file: ParsedFile, parsed: ParsedObject, contents: Mapping[str, bytes], tree: Tree, lock: SourceLock
) -> ExpandedObject:
    manifest = parsed.manifest
    if parsed.gvk.kind == CHART:
        folder = _chart_folder(manifest, tree, lock)
        there = _join(folder, _CHART_FILE) in tree
        missing = not there and bool(text(manifest, "spec", "chart", "path"))
        return ExpandedObject(file, parsed, Tool.HELM, folder, (folder,), missing, path=("spec", "chart"))
    folder = _normal(text(manifest, "spec", "path"))
    components = [_normal(one) for one in sequence(manifest, "spec", "components") if isinstance(one, str)]
    named = (folder, *components)
    folders = tuple(sorted(folders_of(named, contents)))
    missing = not any(_join(folder, name) in tree for name in NAMES)
    path, patches = ("spec", "path"), _own_patches(manifest)
    return ExpandedObject(file, parsed, Tool.KUSTOMIZE, folder, folders, missing, path=path, named=named, patches=patches)


def _chart_folder(manifest: Manifest, tree: Tree, lock: SourceLock) -> str:
    """Of a chart from elsewhere, the one folder below that of its archive."""
    for wanted in of_chart(manifest, lambda path: NOWHERE):
        locked = lock.find(wanted) if isinstance(wanted, WantedSource) else None
        if locked is not None:
            return _chart_in(locked.folder, tree)
    return _normal(text(manifest, "spec", "chart", "path"))


def _chart_in(folder: str, tree: Tree) -> str:
    """The folder of a chart inside that of its archive."""
    start = f"{folder}/"
    inside = (path for path in tree if path.startswith(start) and path.count("/") == start.count("/") + 1)
    return next((path.rpartition("/")[0] for path in inside if path.endswith(f"/{_CHART_FILE}")), folder)


def _normal(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def check_expanded(expanded: Expanded) -> Iterator[Finding]:
    """Objects whose folder is not there, each with its issue."""
    for one in expanded.objects:
        name = printed_name(one.parsed)
        for path, file in one.absent:
            place, what = Origin(one.file.path, one.file.line_of(one.parsed, path)), f"there is no file {file}"
            remedy = "Correct helm.valueFiles, or write helm.ignoreMissingValueFiles: true."
            yield one.parsed, error("SourceMissing", f"{name}: {what}", remedy, origin=place, subject=name)
        if not one.missing:
            continue
        chart = one.tool is Tool.HELM
        place = Origin(one.file.path, one.file.line_of(one.parsed, one.path))
        what = f"the folder {one.folder or '.'} of this repository has no {_CHART_FILE if chart else ' or '.join(NAMES)}"
        remedy = "Write the folder that has it, from the root of the repository."
        if one.holds_itself:
            what = f"the folder {one.folder or '.'} has no {NAMES[0]}, and holds this object itself"
            remedy = "Name a folder with a kustomization, or move this object to another one."
        yield one.parsed, error("SourceMissing", f"{name}: {what}", remedy, origin=place, subject=name)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def check_divided(expanded: Expanded) -> Iterator[Finding]:
    """Charts whose replicas are to be divided, and that do not state them."""
    for one in expanded.objects:
        file, parsed = one.file, one.parsed
        if replicas_steps(parsed.manifest) and stated_replicas(parsed.manifest) is None:
            pointer = text(parsed.manifest, "spec", "replicas", "path")
            wrong = f"spec.replicas.path names {pointer}, and spec.values states no number there"
            place, name = Origin(file.path, file.line_of(parsed, ("spec", "replicas", "path"))), printed_name(parsed)
            remedy = "Write the number there, such as `replicaCount: 2`."
            yield parsed, error("InvalidReplicas", f"{name}: {wrong}", remedy, origin=place, subject=name)
