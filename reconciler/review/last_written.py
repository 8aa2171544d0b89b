"""What a sync wrote last, of copies that stayed as they were since then; offline.

The status branch records the digest of what was written, not the manifest. The manifest is looked for in the revisions before
the last changes of the files that the object depends on: where the digest is the same, so is the manifest.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.pipeline.revision import load_revision
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.revision import Commit
from reconciler.review.kept import Copy

_REVISIONS = 10
"""Revisions that are compiled at most; the answer is a convenience."""


async def find_last_written(
    repository: Repository,
    compiler: CompilerClient,
    base: Commit,
    at_base: Compiled,
    now: datetime,
    wanted: Collection[Copy],
) -> dict[Copy, RenderedManifest]:
    """The manifests that could be found. wanted: copies that stayed as they were at `base`."""
    recorded = at_base.recorded
    missing = {copy: digest for copy in sorted(wanted) if (digest := _digest(recorded, copy))}
    found: dict[Copy, RenderedManifest] = {}
    ends = dict.fromkeys((copy.key for copy in missing), base)
    """Object → the newest revision that was not looked at yet."""
    for _ in range(_REVISIONS):
        if not missing:
            break
        key = next(iter(missing)).key
        commit = await _before_last_change(repository, ends[key], _files_of(key, at_base))
        if commit is None:
            missing = {copy: digest for copy, digest in missing.items() if copy.key != key}
            continue
        ends[key] = commit
        compiled = await compiler.compile(await load_revision(repository, commit, compiler), recorded, now, settled=True)
        for copy, digest in missing.items():
            item = compiled.templates.get(copy.key)
            manifest = item.rendering.manifests.get(copy.cluster) if item is not None else None
            if manifest is not None and manifest.digest == digest:
                found[copy] = manifest
        missing = {copy: digest for copy, digest in missing.items() if copy not in found}
    return found


def _digest(recorded: RecordedState, copy: Copy) -> str:
    status = recorded.report_of(copy.key).status_in(copy.cluster)
    return status.digest if status is not None else ""


def _files_of(key: ResourceKey, at_base: Compiled) -> set[str]:
    """The files that govern an object, by what was recorded and by the overrides that fail now."""
    decision, item = at_base.recorded.decisions.get(key), at_base.templates.get(key)
    files = {decision.template_file, *decision.governing_files, decision.policy_file} if decision is not None else set()
    return files | ({issue.origin.file for issue in item.rendering.failed.values()} if item is not None else set())


async def _before_last_change(repository: Repository, commit: Commit, files: Collection[str]) -> Commit | None:
    """The revision before the newest change, at or before `commit`, of one of the files; None if there is none."""
    changes = [await repository.last_change(commit, file) for file in sorted(files) if file]
    newest = max((change for change in changes if change is not None), key=lambda one: (one.time, one.sha), default=None)
    if newest is None:
        return None
    try:
        return await repository.resolve(f"{newest.sha}~1")
    except RepositoryError:  # The first commit, or the first one of a shallow clone.
        return None
