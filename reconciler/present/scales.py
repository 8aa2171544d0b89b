"""What autoscalers of the repository made of a workload, for `explain` and `status`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.model.moments import time_text
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import RecordedScale


def scale_document(scale: RecordedScale) -> dict[str, Any]:
    return {
        "object": str(scale.key),
        "by": str(scale.by),
        "rule": scale.rule,
        "replicas": scale.replicas,
        "minReplicas": scale.minimum,
        "maxReplicas": scale.maximum,
        "since": None if scale.since is None else time_text(scale.since),
        "reasons": list(scale.reasons),
        "conditions": [
            {"type": one.type, "status": one.status, "reason": one.reason, "message": one.message} for one in scale.conditions
        ],
    }


def explained_scale(document: Mapping[str, Any] | None) -> Iterator[str]:
    """Of a document of `scale_document`."""
    if document is None:
        return
    if document["replicas"] is not None:
        since = "" if document["since"] is None else f", since {document['since']}"
        yield f"to {document['replicas']} by {document['by']}{since}"
    else:
        yield f"{document['by']} leaves the number of the file"
    yield from document["reasons"]
    for one in document["conditions"]:
        if one["status"] == "False" and one["type"] != "ScalingLimited":
            yield f"{one['type']} is False ({one['reason']}): {one['message']}"


def scale_lines(state: RecordedState, namespace: str = "") -> Iterator[str]:
    """One for each object that was scaled, with what hinders its autoscaler; only of this namespace, if one is named."""
    for key, scale in state.scales.items():
        if namespace in ("", key.namespace):
            yield f"{key}: {', '.join([*_numbers(scale), *_hindrances(scale)])}"


def _numbers(scale: RecordedScale) -> Iterator[str]:
    named = ((scale.replicas, "replicas"), (scale.minimum, "minReplicas"), (scale.maximum, "maxReplicas"))
    found = [f"{word} {value}" for value, word in named if value is not None]
    yield f"{' '.join(found) or 'the number of its file'} by {scale.by}"


def _hindrances(scale: RecordedScale) -> Iterable[str]:
    return (f"{one.reason}: {one.message}" for one in scale.conditions if one.status == "False" and one.type != "ScalingLimited")
