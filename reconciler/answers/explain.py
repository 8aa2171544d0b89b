"""The decisions about the templates that a name means, with the commit that changed each of them last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.answers.arguments import kind_and_name, refuse_unknown_clusters
from reconciler.answers.kind_names import guessed_object
from reconciler.answers.session import Session
from reconciler.answers.short_names import possible_kinds
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.families import PROGRAM_MISSING
from reconciler.present.explain import explanation
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.explain import explain


@dataclass(frozen=True, slots=True)
class Explained:
    commit: Commit
    """The revision."""
    documents: tuple[dict[str, Any], ...]
    """One explanation for each template that the name means."""
    missing: tuple[Issue, ...]
    """Why charts were not expanded."""
    uncommitted: tuple[str, ...]
    """The files that were not looked at."""
    nothing: str = ""
    """What to say where there is no such template."""


async def explain_named(
    opened: Session, name: str, now: datetime, *, revision: str = "HEAD", namespace: str = "", clusters: Collection[str] = ()
) -> Explained:
    """name: KIND/NAME. namespace: empty for all. clusters: those to show, with the manifest; none for all, without.

    Raises ArgumentError, ReconcilerError.
    """
    kind, object_name = kind_and_name(name)
    kinds = possible_kinds(kind)
    commit, desired = await opened.load(revision)
    recorded = await opened.recorded(desired)
    compiled = await opened.compiler.compile(desired, recorded.state, now)
    refuse_unknown_clusters(clusters, compiled.cluster_names)
    shown = [one for one in compiled.cluster_names if not clusters or one in clusters]
    documents = []
    for key, item in compiled.templates.items():
        if key.kind.lower() in kinds and key.name == object_name and namespace in ("", key.namespace):
            documents.append(await explanation_of(opened.repository, commit, item, compiled, shown, with_manifest=bool(clusters)))
    guess = "" if documents else guessed_object(kind, object_name, compiled.templates)
    return Explained(
        commit,
        tuple(documents),
        tuple(issue for issue in compiled.issues if issue.reason == PROGRAM_MISSING),
        await opened.uncommitted(commit, desired),
        "" if documents else f"No template {name} in {namespace or 'any namespace'} of {revision}. {guess}".rstrip(),
    )


async def explanation_of(
    repository: Repository,
    commit: Commit,
    item: CompiledTemplate,
    compiled: Compiled,
    clusters: Sequence[ClusterName],
    *,
    with_manifest: bool,
) -> dict[str, Any]:
    """Of one template, with the commit that changed it last. clusters: those to show. Raises RepositoryError."""
    changed_by = await repository.last_change(commit, item.template.origin.file)
    return explanation(explain(item, compiled, clusters), changed_by, clusters, with_manifest=with_manifest)
