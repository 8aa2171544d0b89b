"""A recorded rollout ⇄ its document on the status branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, mapping, text
from reconciler.model.moments import time_text
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout, RolloutPhase
from reconciler.record.document_fields import (
    API_VERSION,
    nonempty,
    parse_items,
    parse_names,
    parse_reference,
    parse_resource,
    parse_targets,
    parse_time,
    reference,
    resource,
    targets,
)

KIND = "Rollout"


def rollout_document(rollout: RecordedRollout) -> dict[str, Any]:
    objects = [{**resource(key), **nonempty(before=targets(before))} for key, before in rollout.objects.items()]
    spec = nonempty(
        policy=reference(rollout.policy) if rollout.policy is not None else None,
        strategy=rollout.strategy,
        windows=list(rollout.windows),
        revision=rollout.target,
        base=rollout.base,
        kept=_grouped(rollout.kept, "revision"),
        objects=objects,
        groups=[{"name": group.name, "clusters": list(group.clusters)} for group in rollout.groups],
    )
    status = nonempty(
        phase=rollout.phase.value,
        startTime=time_text(rollout.started),
        message=rollout.message,
        queued=rollout.queued,
        clusters=_progress(rollout.progress),
    )
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": rollout.name}, "spec": spec, "status": status}


def parse_rollout(document: Any) -> RecordedRollout:
    """Raises ValueError for a value that no version of this program writes."""
    spec, status = mapping(document, "spec"), mapping(document, "status")
    return RecordedRollout(
        policy=parse_reference(spec["policy"]) if "policy" in spec else None,
        target=text(spec, "revision"),
        strategy=text(spec, "strategy"),
        windows=tuple(parse_names(spec, "windows")),
        started=parse_time(text(status, "startTime")),
        phase=RolloutPhase(text(status, "phase")),
        groups=tuple(
            GroupOfClusters(text(item, "name"), tuple(parse_names(item, "clusters"))) for item in parse_items(spec, "groups")
        ),
        base=text(spec, "base"),
        kept=dict(sorted((name, text(item, "revision")) for item in parse_items(spec, "kept") for name in _names(item))),
        progress=dict(sorted(pair for item in parse_items(status, "clusters") for pair in _parse_progress(item))),
        objects={parse_resource(item): parse_targets(parse_items(item, "before")) for item in parse_items(spec, "objects")},
        message=text(status, "message"),
        queued=text(status, "queued"),
    )


def _grouped(values: Mapping[ClusterName, str], field: str) -> list[dict[str, Any]]:
    """Clusters with the same value are one item."""
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    return [{field: value, "names": group} for value, group in sorted(names.items())]


def _progress(progress: Mapping[ClusterName, ClusterProgress]) -> list[dict[str, Any]]:
    names: dict[ClusterProgress, list[str]] = {}
    for name, one in progress.items():
        names.setdefault(one, []).append(name)
    return [
        nonempty(
            names=group,
            released=time_text(one.released),
            ended=time_text(one.ended) if one.ended is not None else None,
            failed=one.failed,
        )
        for one, group in names.items()
    ]


def _parse_progress(item: Any) -> Iterable[tuple[ClusterName, ClusterProgress]]:
    ended = get(item, "ended")
    one = ClusterProgress(
        parse_time(text(item, "released")), None if ended is None else parse_time(text(item, "ended")), text(item, "failed")
    )
    return ((name, one) for name in _names(item))


def _names(item: Any) -> list[ClusterName]:
    return parse_names(item, "names")
