"""Whose objects may be written or removed (family `prune`, inventory-policy), with the names of cli-utils in our words.

| Theirs | Ours |
|---|---|
| the object is of the inventory, of another one, of none | it carries our marks, those of another reconciler, none |
| MustMatch | `conflictResolution: Abort` |
| AdoptAll | `conflictResolution: Overwrite` |
| AdoptIfNoInventory | nothing: an object is taken over whoever wrote it, or not at all |

This family informs. What we write is the same, where there is a counterpart. We remove less: only what is ours, whatever the
policy says, because taking over happens by a write.
"""

from typing import Any

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.changes import Configure, Prune, Unchanged
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import key_of, text, without
from reconciler.model.ownership import marked
from reconciler.model.settings import Settings
from reconciler.model.work import Work
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PruneRules
from tests.conformance.replay import cases
from tests.support.builders import INSTANCE, rendered

M1 = ClusterName("m1")
INVENTORY = ("metadata", "annotations", "config.k8s.io/owning-inventory")
RESOLUTIONS = {"MustMatch": "Abort", "AdoptAll": "Overwrite"}


def ours(live: Any, inventory: str) -> Any:
    """The live object with our marks in place of their annotation."""
    owner, bare = text(live, *INVENTORY), without(live, INVENTORY)
    instance = INSTANCE if owner == inventory else f"other-{owner}"
    return marked(bare, key_of(bare), "sha256:older", instance) if owner else bare


@cases("prune", "inventory-policy", select=lambda case: case["input"]["action"] == "prune")
def test_removal(case: dict[str, Any]) -> None:
    given = case["input"]
    live = ours(given["live"], given["inventory"])
    plan = plan_cluster(Work(M1, ()), LiveView(M1, {key_of(live): live}), Settings(), PruneRules(), BUILT_IN)
    removed = any(isinstance(change, Prune) for change in plan.changes)
    is_ours = text(given["live"], *INVENTORY) == given["inventory"]
    assert removed == (case["expect"]["allowed"] and is_ours), case["why"]


@cases("prune", "inventory-policy", select=lambda case: case["input"]["action"] == "apply")
def test_writing(case: dict[str, Any]) -> None:
    given, allowed = case["input"], case["expect"]["allowed"]
    live = ours(given["live"], given["inventory"])
    for policy, resolution in RESOLUTIONS.items():
        written = may_write(without(given["live"], INVENTORY), live, resolution)
        assert written == allowed or given["policy"] != policy, case["why"]
        if not allowed and resolution == "Abort":
            assert not written, case["why"]


@cases("prune", "inventory-policy", select=lambda case: case["input"]["action"] == "update")
def test_changes_after_creation(case: dict[str, Any]) -> None:
    given = case["input"]
    desired = {**without(given["desired"], INVENTORY), "spec": {"replicas": 7}}
    live = marked(desired | {"spec": {"replicas": 1}}, key_of(desired), "sha256:older", INSTANCE)
    assert may_write(desired, live, "Abort") == case["expect"]["allowed"], case["why"]


def may_write(desired: Any, live: Any, resolution: str) -> bool:
    """Whether an object that differs is changed."""
    one = rendered(desired, conflict_resolution=resolution)
    plan = plan_cluster(Work(M1, (one,)), LiveView(M1, {key_of(live): live}), Settings(), PruneRules(), BUILT_IN)
    (change,) = [change for change in plan.changes if change.key == one.key]
    return isinstance(change, Configure | Unchanged) if "spec" not in desired else isinstance(change, Configure)
