"""The decisions about the templates that a name means, with the commit that changed each of them last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.answers.arguments import kind_and_name, refuse_unknown_clusters
from reconciler.answers.kind_names import guessed_object
from reconciler.answers.session import Session
from reconciler.answers.short_names import possible_kinds
from reconciler.model.issues import Issue
from reconciler.pipeline.families import PROGRAM_MISSING
from reconciler.present.explain import explanation
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
            changed_by = await opened.repository.last_change(commit, item.template.origin.file)
            documents.append(explanation(explain(item, compiled, shown), changed_by, shown, with_manifest=bool(clusters)))
    guess = "" if documents else guessed_object(kind, object_name, compiled.templates)
    return Explained(
        commit,
        tuple(documents),
        tuple(issue for issue in compiled.issues if issue.reason == PROGRAM_MISSING),
        await opened.uncommitted(commit, desired),
        "" if documents else f"No template {name} in {namespace or 'any namespace'} of {revision}. {guess}".rstrip(),
    )
