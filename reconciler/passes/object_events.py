"""Which outcomes of a pass are told as Events of the objects in their member.

Only what an owner of the object would ask about: a correction of drift, a refusal, an object that was created again or is gone.
An object that is written because Git changed has no Event: a rollout over a fleet would write thousands.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.changes import Outcome, Prune, Release, Write
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import gvk_of, text
from reconciler.model.object_event import ObjectEvent
from reconciler.passes.apply_all import Outcomes


def object_events(outcomes: Outcomes, revision: str) -> Mapping[ClusterName, tuple[ObjectEvent, ...]]:
    """By member, in the order in which the changes were carried out; members without any are absent.

    revision: the id of the commit.
    """
    told = {
        name: tuple(event for outcome in of_member if (event := _event(outcome, revision)) is not None)
        for name, of_member in outcomes.items()
    }
    return {name: events for name, events in told.items() if events}


def _event(outcome: Outcome, revision: str) -> ObjectEvent | None:
    change = outcome.change
    if not isinstance(change, Write) or outcome.postponed:
        return None
    if outcome.error:
        return _of(change, f"{_action(change)}Failed", _hidden(change, outcome.error), warning=True)
    if outcome.recreated:
        return _of(change, "Recreated", f"deleted and created again: {_hidden(change, outcome.recreated)}")
    if isinstance(change, Prune):
        return _of(change, "Pruned", f"{change.reason} at revision {revision[:12]}")
    return _of(change, "DriftCorrected", change.reason) if change.drift else None


def _of(change: Write, reason: str, note: str, *, warning: bool = False) -> ObjectEvent:
    document = change.live if change.desired is None else change.desired.manifest
    assert document is not None  # noqa: S101 - what is neither wanted nor there is not written
    uid = text(change.live, "metadata", "uid") if change.live is not None else ""
    return ObjectEvent(change.key, gvk_of(document), uid, reason, _action(change), note, warning)


def _action(change: Write) -> str:
    return "Prune" if isinstance(change, Prune) else "Release" if isinstance(change, Release) else "Apply"


def _hidden(change: Write, message: str) -> str:
    """What a server says of a Secret may quote a value, and more people may read Events than Secrets."""
    return _OF_A_SECRET if (change.key.group, change.key.kind) == ("", "Secret") else message


_OF_A_SECRET = "the reason is in the log of the reconciler"  # noqa: S105 - no password
