from __future__ import annotations

from typing import Any

from reconciler.model.health import CURRENT
from reconciler.review.live.owned_objects import Owned, kinds_below, owned_by


def item(kind: str, name: str, *owners: str, **fields: Any) -> dict[str, Any]:
    """The uid is the name."""
    references = [{"uid": owner, "kind": "Any", "name": owner} for owner in owners]
    metadata = {"name": name, "namespace": "shop", "uid": name, "ownerReferences": references}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


def drawn(owned: Owned) -> Any:
    return {owned.key.name: [drawn(one) for one in owned.owned]} if owned.owned else owned.key.name


def below(root: dict[str, Any], *objects: dict[str, Any]) -> Any:
    return drawn(owned_by(root, objects, lambda _: CURRENT))


def test_owners_and_owned_make_a_tree() -> None:
    pods = [item("Pod", "b", "set"), item("Pod", "a", "set"), item("Pod", "other", "elsewhere")]
    assert below(item("Deployment", "web"), item("ReplicaSet", "set", "web"), *pods) == {"web": [{"set": ["a", "b"]}]}


def test_a_replica_set_of_an_earlier_revision_is_left_out_unless_it_still_has_pods() -> None:
    old = item("ReplicaSet", "old", "web", spec={"replicas": 0})
    assert below(item("Deployment", "web"), old) == "web"
    assert below(item("Deployment", "web"), old, item("Pod", "leaving", "old")) == {"web": [{"old": ["leaving"]}]}


def test_owners_in_a_circle_end() -> None:
    a, b = item("Widget", "a", "b"), item("Widget", "b", "a")
    assert below(a, a, b) == {"a": [{"b": ["a"]}]}


def test_the_kinds_to_look_at_follow_from_the_kind() -> None:
    assert kinds_below(["Deployment"]) == ("pods", "replicasets.apps")
    assert kinds_below(["ConfigMap"]) == ()
    assert "statefulsets.apps" in kinds_below(["Postgres"])
