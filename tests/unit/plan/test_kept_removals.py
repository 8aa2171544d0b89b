from __future__ import annotations

from typing import Any

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.changes import ChangeSet, DeletionPropagation, Prune, Skip
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.plan.kept_removals import without_removals

WEB = ResourceKey("apps", "Deployment", "shop", "web")
SETTINGS = ResourceKey("", "ConfigMap", "shop", "settings")
OTHER = ResourceKey("", "ConfigMap", "shop", "other")
SHOP = ResourceKey("", "Namespace", "", "shop")


def removal(key: ResourceKey, **fields: Any) -> Prune:
    metadata = {"name": key.name, "namespace": key.namespace}
    manifest = {"apiVersion": "apps/v1" if key.group else "v1", "kind": key.kind, "metadata": metadata, **fields}
    return Prune(key, manifest, DeletionPropagation.BACKGROUND)


USES = {"template": {"spec": {"volumes": [{"name": "c", "configMap": {"name": "settings"}}]}}}
PLAN = ChangeSet(
    ClusterName("m1"),
    ((removal(WEB, spec=USES),), (removal(SETTINGS), removal(OTHER)), (removal(SHOP),)),
    {SHOP: (WEB, SETTINGS, OTHER)},
)


def test_what_stays_keeps_what_it_uses_and_what_holds_it() -> None:
    plan = without_removals(PLAN, {WEB: "the limit"}, BUILT_IN)
    assert {change.key: change.reason for change in plan.changes if isinstance(change, Skip)} == {
        WEB: "not pruned: the limit",
        SETTINGS: f"not pruned: {WEB}, which stays here, uses it",
        SHOP: f"not pruned: it still holds {WEB}",
    }
    assert [change.key for change in plan.changes if isinstance(change, Prune)] == [OTHER]


def test_a_plan_without_them_stays_the_same() -> None:
    assert without_removals(PLAN, {ResourceKey("", "Secret", "shop", "x"): "the limit"}, BUILT_IN) is PLAN
