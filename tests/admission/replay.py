"""Judges the requests of all scenes offline, and compares with what the server answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from reconciler.cel.admit import admit
from reconciler.cel.contents import Cluster, cluster_of
from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.load.schemas import crd
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import gvk_of
from tests.admission.record import ANSWERS
from tests.admission.scenes import Document, Request, Scene, all_scenes


@dataclass(frozen=True)
class Pair:
    """One request and the answer to it."""

    scene: Scene
    request: Request
    answer: Document

    def __str__(self) -> str:
        return f"{self.scene.name}-{self.answer['request']}"


@cache
def pairs() -> Sequence[Pair]:
    scenes = {scene.name: scene for scene in all_scenes()}
    answers = json.loads(ANSWERS.read_text())["answers"]
    return [Pair(scenes[one["scene"]], scenes[one["scene"]].requests[one["request"]], one) for one in answers]


def judged(pair: Pair) -> list[Verdict]:
    return admit(pair.request.object, pair.request.old, _cluster(pair.scene.name))


def difference(pair: Pair, verdicts: Sequence[Verdict]) -> str:
    """Where the verdicts contradict the answer; empty where they do not. What is not judged contradicts nothing."""
    if any(verdict.outcome is Outcome.NOT_JUDGED for verdict in verdicts):
        return ""
    denied = [verdict for verdict in verdicts if verdict.outcome is Outcome.DENIED]
    if bool(denied) == pair.answer["allowed"]:
        violates = any(crd.validate(pair.request.object, schema) for schema in _schemas(pair))
        return "" if violates else f"the server says {pair.answer}, and offline there is {verdicts}"
    warned = {_without_details(said_of(verdict)) for verdict in verdicts if verdict.outcome is Outcome.WARNED}
    said = set(map(_without_details, pair.answer.get("warnings", ())))
    if said != warned:
        return f"the server warns {said}, and offline there is {warned}"
    return (
        ""
        if not denied or _is_told(pair, denied)
        else f"the server says {pair.answer['message']!r}, and offline there is {denied}"
    )


def said_of(verdict: Verdict) -> str:
    """In the server's words."""
    if verdict.field or not verdict.policy:
        return verdict.message
    rule = f"ValidatingAdmissionPolicy '{verdict.policy}' with binding '{verdict.binding}'"
    if verdict.outcome is Outcome.WARNED:
        return f"Validation failed for {rule}: {verdict.message}"
    return f"{rule} denied request: {verdict.message}"


def _is_told(pair: Pair, denied: Sequence[Verdict]) -> bool:
    """A policy: the server tells of one of those that refuse. Rules: it tells of each, with its field."""
    by_policy = [verdict for verdict in denied if verdict.policy]
    if by_policy:
        return any(_without_details(said_of(verdict)) in _without_details(pair.answer["message"]) for verdict in by_policy)
    told = [(cause["field"].removeprefix("<nil>"), cause["message"]) for cause in pair.answer["causes"]]
    return all(
        any(
            field == verdict.field and (message.endswith(verdict.message) or message == "Duplicate value")
            for field, message in told
        )
        for verdict in denied
    )


def _without_details(message: str) -> str:
    """An error of an expression without its cause, whose words differ between two implementations of CEL."""
    before, marker, _ = message.partition("resulted in error: ")
    return before + marker


@cache
def _cluster(scene: str) -> Cluster:
    one = next(one for one in all_scenes() if one.name == scene)
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}}
        for name, labels in one.namespaces.items()
    ]
    return cluster_of([*one.objects, *spaces], is_complete=True)


def _schemas(pair: Pair) -> Iterator[Any]:
    gvk: GroupVersionKind = gvk_of(pair.request.object)
    for one in pair.scene.objects:
        if one["kind"] == "CustomResourceDefinition" and gvk in (found := crd.schemas_of_crd(one)):
            yield found[gvk]
