"""A member that does not answer is tainted, and free again when it does."""

from __future__ import annotations

from datetime import timedelta

from reconciler.model.keys import ClusterName
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP, config_file, policy_file, text

POLICY = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterTaintPolicy
    metadata: {name: silent}
    spec:
      addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
      removeOnConditions: [{conditionType: Ready, operator: In, statusValues: ["True"]}]
      taints: [{key: silent, effect: NoSchedule}]
""")
M1, THRESHOLD = ClusterName("m1"), timedelta(seconds=30)
LATE = {"late.yaml": config_file("late"), "late-policy.yaml": policy_file("late", "ConfigMap", "", api="v1")}


async def test_nothing_new_goes_to_a_member_that_does_not_answer() -> None:
    world = Playground("m1", "m2", "m3")
    files = SHOP | {"silent.yaml": POLICY}
    await world.sync(files)
    world.members["m1"].refuses.add("look")
    await world.sync(files)
    last = await world.sync(files)
    assert last.recorded.clusters[M1].taints == ()
    world.now += THRESHOLD
    await world.sync(files)
    last = await world.sync(files | LATE)
    (found,) = [found for key, found in last.recorded.decisions.items() if key.name == "late"]
    assert found.binding.cluster_names == ("m2", "m3")
    assert state_of(files_of(last.recorded)) == last.recorded
    world.members["m1"].refuses.clear()
    await world.sync(files | LATE)
    world.now += THRESHOLD
    await world.sync(files | LATE)
    last = await world.sync(files | LATE)
    (found,) = [found for key, found in last.recorded.decisions.items() if key.name == "late"]
    assert found.binding.cluster_names == ("m1", "m2", "m3")
