"""The manifest of one object on one member as it was recorded: rendered from the files that its decision names, and no others.

Nothing is decided anew: the record says where the object is and with how many replicas (`pipeline.compile_decided`). That the few
files are enough is proved by the digest that the member reported. Where it differs, all files of the revision are read. Of a
Secret no digest is recorded; there it counts that it was applied.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.load.layout import CONFIGURATION_MARK
from reconciler.model.cluster import Cluster
from reconciler.model.expansion import is_expanded
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import is_secret
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.settings import Settings
from reconciler.model.source_lock import LOCK_FILE, NO_LOCK, SourceLock
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.compiler import Compiler, DecidedCompiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.render_context import context_for
from reconciler.pipeline.revision import commit_files, load_revision
from reconciler.record.object_history import ObjectFacts, ObjectHistory, read_members
from reconciler.render.trace import RenderStep, trace
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


@dataclass(frozen=True, slots=True)
class RecordedManifest:
    """One object on one member, and how it was rendered."""

    revision: Commit
    item: CompiledTemplate
    rendered: RenderedManifest
    steps: tuple[RenderStep, ...]
    member: Cluster
    """As the revision declares it."""
    settings: Settings
    """Of the revision."""
    compiler: Compiler
    """Knows the places of the fields in the files."""
    interpreter: Interpreter
    """Of the revision."""
    as_recorded: bool
    """Whether it is what the member reported as applied. Not known of a Secret: False."""
    lock: SourceLock = NO_LOCK
    """Of the revision: which of its files are from elsewhere."""


async def recorded_manifest(
    repository: Repository, revision: Commit, facts: ObjectFacts, cluster: RecordedCluster, now: datetime
) -> RecordedManifest | None:
    """None where the object has no such manifest: its template is not there, it is not placed there, or it cannot be rendered.

    Raises RepositoryError.
    """
    decision = facts.decision
    if decision is None:
        return None
    marked = await repository.files_containing(revision, CONFIGURATION_MARK)
    few = {decision.template_file, decision.policy_file, *decision.governing_files, cluster.file, *marked}
    if is_expanded(decision.binding.key):  # Its folder counts, too.
        return await _rendered(repository, revision, facts, decision, cluster, now, None)
    found = await _rendered(repository, revision, facts, decision, cluster, now, few)
    status = facts.report.status_in(cluster.name)
    hidden = is_secret(decision.binding.key) and status is not None and status.applied
    if found is not None and (found.as_recorded or hidden):
        return found
    return await _rendered(repository, revision, facts, decision, cluster, now, None)


async def _rendered(
    repository: Repository,
    revision: Commit,
    facts: ObjectFacts,
    decision: RecordedDecision,
    cluster: RecordedCluster,
    now: datetime,
    paths: Collection[str] | None,
) -> RecordedManifest | None:
    """paths: the files to read; None for all."""
    key, name = decision.binding.key, ClusterName(cluster.name)
    files = await commit_files(repository, revision)
    if paths is not None:
        files = replace(files, tree={path: files.tree[path] for path in sorted({*paths, LOCK_FILE}) if path in files.tree})
    compiler = DecidedCompiler()
    client = ThreadCompiler(compiler)
    desired = await load_revision(repository, files, client, check=())
    desired = replace(desired, clusters=tuple(one for one in desired.clusters if one.name == name))
    state = RecordedState(revision.sha, {key: decision}, {key: facts.report}, {name: cluster})
    compiled = await client.compile(desired, state, now)
    item = compiled.templates.get(key)
    rendered = item.rendering.manifests.get(name) if item is not None else None
    desired = compiled.desired
    member = next((one for one in desired.clusters if one.name == name), None)
    if item is None or rendered is None or member is None:
        return None
    context = context_for(item.template, desired, compiled.interpreter, Memo())
    binding = item.placed.in_force(key)
    steps = trace(item.template, binding, name, context) if binding is not None else ()
    status = facts.report.status_in(name)
    as_recorded = status is not None and bool(status.digest) and status.digest == rendered.public_digest
    return RecordedManifest(
        revision,
        item,
        rendered,
        steps,
        member,
        desired.settings,
        compiler,
        compiled.interpreter,
        as_recorded,
        desired.source_lock,
    )


async def manifest_in_force(
    repository: Repository, recorded: Commit, history: ObjectHistory, cluster: ClusterName, now: datetime
) -> RecordedManifest | str | None:
    """What the last sync rendered of an object for a member; a sentence where nothing is recorded of it or of the member, None
    where the files of the revision alone do not make a manifest. recorded: a commit of the status branch. Raises RepositoryError.
    """
    if not history.revision:
        return "Nothing is recorded of it yet."
    member = (await read_members(repository, recorded, [cluster])).get(cluster)
    if member is None:
        return f"Nothing is recorded of {cluster}."
    revision = await repository.resolve(history.revision, recorded=True)
    return await recorded_manifest(repository, revision, history.states[-1].facts, member, now)
