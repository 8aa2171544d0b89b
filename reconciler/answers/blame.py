"""Where each line of the manifest comes from that the last sync rendered for one member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.answers.recorded_objects import named_histories, never_recorded, one_object, status_head
from reconciler.answers.session import Session
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.record.object_history import ObjectHistory
from reconciler.review.blame import Blame, blame
from reconciler.review.recorded_manifest import RecordedManifest, manifest_in_force


@dataclass(frozen=True, slots=True)
class Blamed:
    """The lines, and what they were made of; None and the reason where the object is not on the member."""

    blame: Blame | None
    recorded: RecordedManifest | None
    nothing: str = ""


async def blame_named(
    opened: Session, name: str, cluster: ClusterName, now: datetime, *, namespace: str = "", branch: str = ""
) -> Blamed:
    """name: KIND/NAME. namespace: empty for all. branch: that of the status; empty for the one that the Configuration names.

    Raises ArgumentError, ReconcilerError.
    """
    head = await status_head(opened, branch)
    histories = await named_histories(opened, head, name, namespace)
    if not histories:
        return Blamed(None, None, await never_recorded(opened, head, name, namespace))
    history = one_object(histories, name)
    if reason := _not_there(history, cluster):
        return Blamed(None, None, reason)
    repository = opened.repository
    recorded = await repository.resolve(head.commit, recorded=True)
    found = await manifest_in_force(repository, recorded, history, cluster, now)
    if isinstance(found, str):
        return Blamed(None, None, found)
    if found is not None:
        return Blamed(await blame(repository, found, cluster), found)
    if (parent := _parent_of(history)) is not None:
        chart = f"{parent.kind.lower()}/{parent.name} -n {parent.namespace}"
        return Blamed(None, None, f"{history.key} is expanded from {parent}. `reconciler blame {chart}` shows who wrote that.")
    return Blamed(None, None, f"{history.key} cannot be rendered for {cluster}. `reconciler explain {name}` says why.")


def _parent_of(history: ObjectHistory) -> ResourceKey | None:
    newest = history.states[-1].facts.decision
    return newest.parent if newest is not None else None


def _not_there(history: ObjectHistory, cluster: ClusterName) -> str:
    """Why the member must not hold the object; empty where it must."""
    newest = history.states[-1].facts.decision
    if newest is not None and cluster in newest.cluster_names:
        return ""
    was = any(one.facts.decision is not None and cluster in one.facts.decision.cluster_names for one in history.states)
    where = f"It is on {', '.join(newest.cluster_names)}." if newest is not None and newest.cluster_names else "It is nowhere."
    hint = f" It was there: `reconciler history {history.key.kind.lower()}/{history.key.name}` shows until when." if was else ""
    return f"{history.key} is not on {cluster}. {where}{hint}"
