"""`import argocd` and `import flux`: reads, decides, and plans the files as writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from reconciler.edit.planned_writes import PlannedWrite
from reconciler.edit.work_tree import WorkTree
from reconciler.load.kustomization import MANIFESTS
from reconciler.membership.request import Admin
from reconciler.migrate.argocd.importer import import_argocd
from reconciler.migrate.argocd.kinds import ARGO
from reconciler.migrate.argocd.members import CLUSTER_SECRETS
from reconciler.migrate.configuration import configuration_file, configuring
from reconciler.migrate.declared import Declared, RepositoryFiles, broken_in, declared_in
from reconciler.migrate.file_edits import FileEdits, file_edits
from reconciler.migrate.flux.importer import TOOLKIT, import_flux
from reconciler.migrate.gitops import GitOpsImport, GitOpsRequest
from reconciler.migrate.imported import Remark
from reconciler.migrate.read_cluster import Wanted, read_cluster
from reconciler.migrate.read_files import read_folder
from reconciler.model.issues import errors_in


class GitOpsTool(StrEnum):
    """The tools that are read, as people write their names."""

    ARGO_CD = "Argo CD"
    FLUX = "Flux"


@dataclass(frozen=True, slots=True)
class GitOpsOptions:
    """What a user requests."""

    tool: GitOpsTool
    folder: Path | None = None
    """The folder with the objects. None, without an API server: all files of the repository."""
    admin: Admin | None = None
    """The API server that has the objects, in addition to a folder."""
    into: str = "imported"
    own_cluster: str = "in-cluster"
    clusters: Mapping[str, str] = field(default_factory=dict)
    """As of `GitOpsRequest`."""
    repositories: tuple[str, ...] = ()
    overwrite: bool = False
    """Whether a file that differs is replaced."""
    commit: bool = True
    allow_insecure: bool = False


@dataclass(frozen=True, slots=True)
class PlannedGitOpsImport:
    """What an import comes to, before anything is written."""

    tool: GitOpsTool
    found: GitOpsImport
    files: FileEdits
    writes: tuple[PlannedWrite, ...]
    errors: int
    """How many errors the files that are written have: they need something that is not in the repository."""
    others: tuple[str, ...]
    """Files below the folder of the import that it does not make, sorted: of another import, or of objects that are gone. They
    are not deleted, because their objects would be pruned."""


_IMPORTERS: Mapping[GitOpsTool, Callable[[Iterable[Declared], GitOpsRequest], GitOpsImport]] = {
    GitOpsTool.ARGO_CD: import_argocd,
    GitOpsTool.FLUX: import_flux,
}
_GROUPS = {GitOpsTool.ARGO_CD: ARGO, GitOpsTool.FLUX: TOOLKIT}
_WANTED = {GitOpsTool.ARGO_CD: Wanted((ARGO,), CLUSTER_SECRETS), GitOpsTool.FLUX: Wanted((TOOLKIT,))}


async def plan_gitops_import(tree: WorkTree, options: GitOpsOptions) -> PlannedGitOpsImport:
    """Raises ReconcilerError where the objects cannot be read, or the files cannot be written without harm."""
    files = await _repository_files(tree)
    objects, unread = await _objects(tree, files, options)
    request = await _request(tree, files, options)
    made = _IMPORTERS[options.tool](objects, request)
    made = replace(made, imported=replace(made.imported, remarks=tuple(sorted({*made.imported.remarks, *unread}))))
    present = {path: content.decode("utf-8", "replace") for path, content in files.contents.items()}
    edits = file_edits(made.imported.files, present, {}, overwrite=options.overwrite)
    writes, errors = await _writes(tree, made, edits, options, present)
    made_here = {file.path for file in made.imported.files}
    others = tuple(sorted(path for path in present if path.startswith(f"{options.into}/") and path not in made_here))
    return PlannedGitOpsImport(options.tool, made, edits, writes, errors, others)


async def _writes(
    tree: WorkTree, made: GitOpsImport, edits: FileEdits, options: GitOpsOptions, present: Mapping[str, str]
) -> tuple[tuple[PlannedWrite, ...], int]:
    """The writes, and how many errors their files have."""
    if not made.imported.files:
        return (), 0
    file = configuration_file(tree.desired)
    settings = configuring(file, present.get(file), made.needs)
    all_edits = [*edits.edits, *([settings] if settings is not None else [])]
    if not all_edits:
        return (), 0
    # What charts are pinned to, `update` decides after the import; and one application with an error must not hold up the rest.
    planned = await tree.plan(all_edits, strict=False)
    written = {edit.file for edit in edits.edits}
    errors = sum(issue.origin.file in written for issue in errors_in(planned.desired.issues))
    message = f"Import from {options.tool}\n\n{made.templates} templates for {made.clusters} clusters.\n"
    return planned.writes(message, commit=options.commit), errors


async def _repository_files(tree: WorkTree) -> RepositoryFiles:
    blobs = {entry.blob for path, entry in tree.files.items() if entry.is_file and _is_read(path)}
    contents = await tree.checkout.repository.read_blobs(blobs)
    found = {}
    for path, entry in sorted(tree.files.items()):
        content = contents.get(entry.blob) if entry.is_file and _is_read(path) else None
        if isinstance(content, bytes):
            found[path] = content
    return RepositoryFiles(frozenset(tree.files), found)


def _is_read(path: str) -> bool:
    return path.endswith((*MANIFESTS, "Kustomization"))


async def _objects(tree: WorkTree, files: RepositoryFiles, options: GitOpsOptions) -> tuple[list[Declared], list[Remark]]:
    found: list[Declared] = []
    remarks: list[Remark] = []
    if options.admin is not None:
        found, remarks = await read_cluster(options.admin, _WANTED[options.tool], allow_insecure=options.allow_insecure)
    if options.folder is not None or options.admin is None:
        prefix = _inside(tree.checkout.top, options.folder)
        outside = prefix is None and options.folder is not None
        contents = read_folder(options.folder) if outside and options.folder else _of_repository(files, prefix or "", options)
        found += [one for path, content in contents.items() for one in declared_in(path, content)]
        remarks += [one for path, content in contents.items() for one in broken_in(path, content, _GROUPS[options.tool])]
    return found, remarks


def _inside(top: Path, folder: Path | None) -> str | None:
    """The folder as a path in the repository; empty for all of it; None where it is elsewhere."""
    if folder is None:
        return ""
    where = folder.resolve()
    return where.relative_to(top.resolve()).as_posix().removeprefix(".") if where.is_relative_to(top.resolve()) else None


def _of_repository(files: RepositoryFiles, prefix: str, options: GitOpsOptions) -> dict[str, bytes]:
    """What an import wrote itself is not imported again, and hidden files are not read."""
    paths = [path for path in sorted(files.contents) if path == prefix or not prefix or path.startswith(f"{prefix}/")]
    paths = [path for path in paths if not path.startswith((f"{options.into}/", ".")) and "/." not in path]
    return {path: files.contents[path] for path in paths}


async def _request(tree: WorkTree, files: RepositoryFiles, options: GitOpsOptions) -> GitOpsRequest:
    settings, remotes = tree.desired.settings, await tree.checkout.repository.remotes()
    own = [*options.repositories, settings.repository, *(remotes[name] for name in sorted(remotes))]
    namespaces = [one for one in tree.desired.templates if one.key.kind == "Namespace" and not one.key.group]
    return GitOpsRequest(
        files,
        options.into,
        options.own_cluster,
        options.clusters,
        tuple(dict.fromkeys(url for url in own if url)),
        {one.name: one.labels for one in tree.desired.clusters},
        frozenset(one.key.name for one in namespaces if not one.origin.file.startswith(f"{options.into}/")),
    )
