"""Rules that the repository declares for a custom kind act in every stage."""

from __future__ import annotations

import pytest

from reconciler.interpreter.precedence import interpreter_of
from reconciler.model.binding import Binding
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get
from reconciler.plan.whole_object import expected
from tests.support.in_memory_fleet import NOW, Playground, compile_files, load

FILES = {
    "clusters.yaml": """
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: m1}
spec: {syncMode: Push, apiEndpoint: "file:m1"}
---
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: m2}
spec: {syncMode: Push, apiEndpoint: "file:m2"}
""",
    "crd.yaml": """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
""",
    "widget.yaml": """
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, namespace: shop}
spec: {size: 6}
""",
    "policy.yaml": """
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: widgets, namespace: shop}
spec:
  resourceSelectors: [{apiVersion: example.com/v1, kind: Widget}]
  placement:
    replicaScheduling:
      replicaSchedulingType: Divided
      replicaDivisionPreference: Weighted
      weightPreference:
        staticWeightList:
        - {targetCluster: {clusterNames: [m1]}, weight: 2}
        - {targetCluster: {clusterNames: [m2]}, weight: 1}
""",
    "rules.yaml": """
apiVersion: config.karmada.io/v1alpha1
kind: ResourceInterpreterCustomization
metadata: {name: widgets}
spec:
  target: {apiVersion: example.com/v1, kind: Widget}
  customizations:
    replicaResource:
      luaScript: function GetReplicas(obj) return obj.spec.size, nil end
    replicaRevision:
      luaScript: function ReviseReplica(obj, size) obj.spec.size = size return obj end
    retention:
      luaScript: function Retain(desired, observed) desired.spec.slot = observed.spec.slot return desired end
    healthInterpretation:
      luaScript: function InterpretHealth(obj) return obj.status.ok end
""",
}


def test_a_declared_count_is_divided_and_written() -> None:
    compiled = compile_files(FILES, settled=True)
    (item,) = (item for key, item in compiled.templates.items() if key.kind == "Widget")
    sizes = {name: get(given.manifest, "spec", "size") for name, given in item.rendering.manifests.items()}
    assert sizes == {ClusterName("m1"): 4, ClusterName("m2"): 2}
    assert not [issue for issue in compiled.issues if "rules.yaml" in issue.origin.file]


def test_what_the_member_chose_is_kept() -> None:
    interpreter = interpreter_of(load(FILES).customizations)
    desired = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 4}}
    live = {**desired, "spec": {"size": 3, "slot": "a7"}}
    assert get(expected(desired, live, interpreter), "spec") == {"size": 4, "slot": "a7"}


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ({"ok": True}, HealthStatus.CURRENT),
        ({"ok": False}, HealthStatus.IN_PROGRESS),
        ({"ok": "perhaps"}, HealthStatus.UNKNOWN),
        ({"ok": True, "conditions": [{"type": "Stalled", "status": "True", "reason": "Full"}]}, HealthStatus.FAILED),
    ],
)
def test_declared_health_is_one_with_what_kstatus_knows(status: dict[str, object], health: HealthStatus) -> None:
    interpreter = interpreter_of(load(FILES).customizations)
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "status": status}
    assert interpreter.assess(widget, NOW).status is health


@pytest.mark.parametrize(
    "broken",
    [
        FILES["rules.yaml"].replace("return obj.spec.size, nil end", "return obj.spec.size, nil"),
        "kind: [",
    ],
)
async def test_a_rule_that_cannot_be_read_changes_nothing(broken: str) -> None:
    """Without it the widget would have no count, and every member would run all six."""
    ground = Playground("m1", "m2")
    await ground.sync(FILES)
    before = ground.holds()
    for _ in range(2):
        await ground.sync({**FILES, "rules.yaml": broken})
        assert [member.log for member in ground.members.values()] == [[], []]
    recorded = next(found for key, found in ground.recorded.decisions.items() if key.kind == "Widget")
    assert recorded.message == "rules.yaml has an error, and its content governs this object"
    await ground.sync(FILES)
    assert (ground.holds(), ground.members["m1"].log) == (before, [])


def test_a_rule_may_ask_for_the_time_of_the_pass() -> None:
    timed = FILES["rules.yaml"].replace("return obj.spec.size, nil end", "return os.time() % 5, nil end")
    compiled = compile_files({**FILES, "rules.yaml": timed}, settled=True)
    (item,) = (item for key, item in compiled.templates.items() if key.kind == "Widget")
    assert isinstance(item.decided.scheduling, Binding)
    assert item.decided.scheduling.replicas == int(NOW.timestamp()) % 5
