"""Fields that a member keeps."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan.conflict import may_write
from reconciler.plan.retain import ManagedKeys, retain


def config(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", **metadata}}


@pytest.mark.parametrize("name", ["labels", "annotations"])
def test_keys_of_the_member_stay_unless_we_stated_them_once(name: str) -> None:
    desired, live = config(**{name: {"a": "new", "b": "1"}}), config(**{name: {"a": "old", "theirs": "x", "gone": "y"}})
    stated = ManagedKeys(**{name: frozenset({"a", "gone"})})
    assert retain(desired, live, stated) == config(**{name: {"a": "new", "b": "1", "theirs": "x"}})
    assert retain(desired, live, None)["metadata"][name]["gone"] == "y"


def test_version_finalizers_and_owners_are_the_members() -> None:
    live = config(resourceVersion="9", finalizers=["f"], ownerReferences=[{"kind": "X"}], uid="u")
    assert retain(config(finalizers=["ours"], labels={}), live)["metadata"] == {
        "name": "c",
        "labels": {},
        "resourceVersion": "9",
        "finalizers": ["f"],
        "ownerReferences": [{"kind": "X"}],
    }
    assert retain(config(finalizers=["ours"]), config()) == config()


def test_what_a_kind_allocates_stays() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": []}}
    live = {**service, "spec": {"ports": [{"port": 1}], "clusterIP": "10.0.0.1"}}
    assert retain(service, live)["spec"] == {"ports": [], "clusterIP": "10.0.0.1"}


@pytest.mark.parametrize(
    ("resolution", "ours", "allowed"),
    [("Abort", True, True), ("Abort", False, False), ("Overwrite", False, True), ("Overwrite", True, True)],
)
def test_who_may_write(resolution: str, ours: bool, allowed: bool) -> None:
    assert may_write(resolution, ours=ours) is allowed
