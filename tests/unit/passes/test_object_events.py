"""Which outcomes are told as Events, and what they say."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.changes import Change, Configure, Create, DeletionPropagation, Outcome, Prune, Release, Skip, Unchanged
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import key_of
from reconciler.model.object_event import ObjectEvent
from reconciler.passes.object_events import object_events
from tests.support.builders import config, manifest, rendered

M1 = ClusterName("m1")
REVISION = "3f2c1ab" * 5
LIVE: dict[str, Any] = {**config(), "metadata": {"name": "config", "namespace": "shop", "uid": "u-1"}}
SECRET = manifest("Secret", "keys")


def told(change: Change, **outcome: Any) -> ObjectEvent | None:
    events = object_events({M1: (Outcome(change, **outcome),)}, REVISION)
    return events[M1][0] if events else None


def configure(document: dict[str, Any] = LIVE, **more: Any) -> Configure:
    return Configure(rendered(document), document, document, **more)


PRUNE = Prune(key_of(LIVE), LIVE, DeletionPropagation.BACKGROUND, "no longer wanted here")


@pytest.mark.parametrize(
    "change",
    [Create(rendered(config()), config()), configure(), Unchanged(rendered(config())), Skip(key_of(LIVE), "held"),
     Release(key_of(LIVE), LIVE, LIVE)],
)  # fmt: skip
def test_what_only_follows_git_has_no_event(change: Change) -> None:
    assert told(change) is None


def test_what_was_not_begun_has_no_event() -> None:
    assert told(configure(drift=True), error="the process ends", postponed=True) is None


@pytest.mark.parametrize(
    ("change", "outcome", "expected"),
    [
        (configure(drift=True, reason="data differs"), {}, ("DriftCorrected", "Apply", "data differs", False)),
        (configure(), {"error": "denied"}, ("ApplyFailed", "Apply", "denied", True)),
        (configure(), {"recreated": "immutable"}, ("Recreated", "Apply", "deleted and created again: immutable", False)),
        (PRUNE, {}, ("Pruned", "Prune", "no longer wanted here at revision 3f2c1ab3f2c1", False)),
        (PRUNE, {"error": "denied"}, ("PruneFailed", "Prune", "denied", True)),
    ],
)
def test_what_happened_to_an_object(change: Change, outcome: Any, expected: Any) -> None:
    event = told(change, **outcome)
    assert event is not None
    assert (event.reason, event.action, event.note, event.warning) == expected
    assert (event.key, event.uid, event.gvk.kind) == (key_of(LIVE), "u-1", "ConfigMap")


def test_an_object_that_is_not_there_has_no_uid() -> None:
    event = told(Create(rendered(config()), config(), drift=True, reason="somebody deleted it"))
    assert event is not None
    assert (event.uid, event.reason) == ("", "DriftCorrected")


@pytest.mark.parametrize("outcome", ["error", "recreated"])
def test_what_a_member_says_of_a_secret_is_not_told(outcome: str) -> None:
    event = told(configure(SECRET), **{outcome: "Invalid value: hidden"})
    assert event is not None
    assert "hidden" not in event.note
