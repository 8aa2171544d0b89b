"""`import karmada`: reads, decides, and plans the files and the recorded decisions as writes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.decrypt.keys import Keys
from reconciler.documents.reader import read_stream
from reconciler.edit.planned_writes import PlannedWrite, WriteReport
from reconciler.edit.work_tree import PlannedEdits, WorkTree
from reconciler.membership.connections import connect_person, remedies_for_a_person
from reconciler.membership.request import Admin
from reconciler.migrate.configuration import ConfigurationNeeds, configuration_file, configuring, stated_kinds
from reconciler.migrate.file_edits import FileEdits, declaring_files, file_edits
from reconciler.migrate.imported import Remark
from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.decisions import Move, imported_state, previous_state
from reconciler.migrate.karmada.differences import gone_remarks
from reconciler.migrate.karmada.encrypted_secrets import encrypted_secrets, secret_paths
from reconciler.migrate.karmada.plan_import import NO_SECRETS, KarmadaImport, SecretFiles, paths_of, plan_import
from reconciler.migrate.karmada.read_control_plane import read_control_plane
from reconciler.model.adoption import Adopted
from reconciler.model.desired import UnknownObject
from reconciler.model.issues import errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized
from reconciler.model.wording import plural
from reconciler.record.status_branch import Recorded, commit_recorded, read_recorded
from reconciler.repo.client import Repository

_SERVER = "the Karmada API server"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a user requests of `import karmada`."""

    admin: Admin
    """The kubeconfig of the Karmada API server. It needs get, list and watch."""
    namespaces: tuple[str, ...] = ()
    """Only these; empty for all."""
    overwrite: bool = False
    """Whether a file that differs is replaced."""
    sops: Keys | None = None
    """How sops encrypts Secrets; None: they are not imported."""
    commit: bool = True
    allow_insecure: bool = False


@dataclass(frozen=True, slots=True)
class PlannedImport:
    """What an import comes to, before anything is written."""

    found: KarmadaImport
    files: FileEdits
    decisions: int
    """How many decisions of Karmada are recorded anew."""
    moves: tuple[Move, ...]
    writes: tuple[PlannedWrite, ...]
    status_branch: str
    """Where they are recorded; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class RecordDecisions:
    """Commits the decisions to the status branch."""

    repository: Repository
    branch: str
    before: Recorded
    state: RecordedState
    count: int
    when: datetime

    @property
    def report(self) -> WriteReport:
        return WriteReport("recorded", f"{plural(self.count, 'decision')} of Karmada on the branch {self.branch}")

    async def carry_out(self) -> WriteReport:
        message = f"Record {plural(self.count, 'decision')} of Karmada"
        await commit_recorded(self.repository, self.branch, self.before, self.state, message, self.when)
        return self.report


async def read_karmada(request: ImportRequest) -> ControlPlane:
    """Raises MemberError."""
    async with AsyncExitStack() as stack:
        api = connect_person(_SERVER, request.admin, stack, allow_insecure=request.allow_insecure)
        with remedies_for_a_person(request.admin):
            return await read_control_plane(api, request.namespaces)


async def planned_import(
    repository: Repository, control: ControlPlane, request: ImportRequest, now: datetime, tree: WorkTree
) -> PlannedImport:
    """Reads the repository, and writes nothing. Raises ReconcilerError."""
    known = declaring_files(tree.desired)
    found = plan_import(control, await _secrets(control, request, tree), known)
    # A Cluster file that is there has been joined: it is never replaced.
    elsewhere = {
        path: known[key] for path, key in found.keys.items() if key in known and (known[key] != path or key.kind == "Cluster")
    }
    present = await _present(tree, found.keys)
    differing = [one.path for one in found.imported.files if one.path in present and present[one.path] != one.text]
    more = [path for path in differing if _may_hold_more(present[path])]
    files = file_edits(found.imported.files, present, elsewhere, overwrite=request.overwrite, holding_more=more)
    edits = await _plan(tree, files)
    branch = edits.desired.settings.status_branch
    recorded = await read_recorded(repository, branch)
    state, moves = await _decided(control, tree, edits, recorded.state, now)
    new = sum(recorded.state.decisions.get(key) != one for key, one in state.decisions.items())
    writes = edits.writes_at_once(_message(found), commit=request.commit)
    # Without the files in a commit, the next sync would forget the decisions: no file declares these objects yet.
    is_recorded = request.commit and (new > 0 or state.rebalanced != recorded.state.rebalanced)
    if is_recorded:
        writes = (*writes, RecordDecisions(repository, branch, recorded, state, new, now))
    if not recorded.state.revision:  # After the first sync, the repository goes its own way.
        found = _with_remarks(found, gone_remarks(control, _named_by_imports(known), request.namespaces))
    return PlannedImport(
        _with_errors(found, edits), files, new if is_recorded else 0, moves, writes, branch if is_recorded else ""
    )


async def _plan(tree: WorkTree, files: FileEdits) -> PlannedEdits:
    """With the Configuration, which states the kinds of custom objects that no imported file defines: members often have
    such definitions from elsewhere. One object with an error must not hold up the rest."""
    first = await _plan_with(tree, files, ())
    written = {edit.file for edit in files.edits}
    unknown = [one for one in first.desired.unknown if one.origin.file in written]
    return await _plan_with(tree, files, unknown) if unknown else first


async def _plan_with(tree: WorkTree, files: FileEdits, kinds: Collection[UnknownObject]) -> PlannedEdits:
    file = configuration_file(tree.desired)
    needs = ConfigurationNeeds(Adopted.KARMADA, kinds=stated_kinds(kinds))
    settings = configuring(file, (await _present(tree, [file])).get(file), needs)
    return await tree.plan((*files.edits, *([settings] if settings is not None else [])), strict=False)


def _with_errors(found: KarmadaImport, edits: PlannedEdits) -> KarmadaImport:
    """With a remark about each error in a file of the import."""
    errors = (issue for issue in errors_in(edits.desired.issues) if issue.origin.file in found.keys)
    remarks = (
        Remark(
            issue.subject or issue.origin.file,
            issue.origin,
            f"has an error: {issue.message}",
            "It has no effect, and Karmada's decision about it is not recorded, until the file is correct.",
            f"{issue.remedy} Then import again.".lstrip(),
        )
        for issue in errors
    )
    return _with_remarks(found, remarks)


def _with_remarks(found: KarmadaImport, remarks: Iterable[Remark]) -> KarmadaImport:
    return replace(found, imported=replace(found.imported, remarks=tuple(sorted({*found.imported.remarks, *remarks}))))


def _named_by_imports(declared: Mapping[ResourceKey, str]) -> dict[ResourceKey, str]:
    """What is declared where an import would."""
    return {key: path for key, path in paths_of(declared).items() if path == declared[key]}


def _may_hold_more(content: str) -> bool:
    documents, errors = read_stream(content)
    return len(documents) > 1 or bool(errors)


async def _secrets(control: ControlPlane, request: ImportRequest, tree: WorkTree) -> SecretFiles:
    if request.sops is None:
        return NO_SECRETS
    present = await _present(tree, secret_paths(control))
    return await encrypted_secrets(control, present, tree.checkout.top, request.sops)


async def _present(tree: WorkTree, paths: Iterable[str]) -> Mapping[str, str]:
    """The text at HEAD of each of these paths that exists there."""
    blobs = {path: tree.files[path].blob for path in paths if path in tree.files}
    contents = await tree.checkout.repository.read_blobs(set(blobs.values()))
    texts = {path: contents[blob] for path, blob in blobs.items()}
    return {path: "" if isinstance(text, Oversized) else text.decode("utf-8", "replace") for path, text in texts.items()}


async def _decided(
    control: ControlPlane, tree: WorkTree, edits: PlannedEdits, recorded: RecordedState, now: datetime
) -> tuple[RecordedState, tuple[Move, ...]]:
    previous = previous_state(control, edits.desired, recorded)
    compiled = await asyncio.to_thread(tree.compiler.compile, edits.desired, previous, now, settled=True)
    return imported_state(control, compiled, recorded)


def _message(found: KarmadaImport) -> str:
    counts = (
        plural(found.templates, "template"),
        plural(found.policies, "policy", "policies"),
        plural(found.clusters, "member"),
    )
    return f"Import {counts[0]}, {counts[1]} and {counts[2]} from Karmada\n\nNo member is written to by this commit.\n"
