"""Karmada's bindings as recorded decisions: the first pass moves nothing, and what would move all the same is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.decisions import Move, imported_state, previous_state
from reconciler.migrate.karmada.plan_import import plan_import
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import compile_files, load
from tests.support.karmada import binding, claimed
from tests.unit.migrate.karmada.test_plan_import import POLICY, stored

WEB = ResourceKey("apps", "Deployment", "shop", "web")
BY_CAPACITY = {
    "replicaScheduling": {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"dynamicWeight": "AvailableReplicas"},
    }
}


def deployment(replicas: int = 4) -> dict[str, Any]:
    pod = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": pod}
    return stored("Deployment", "web", api="apps/v1", spec=spec)


def policy(name: str, placement: Any, **spec: Any) -> dict[str, Any]:
    selectors = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}]
    return stored("PropagationPolicy", name, api=POLICY, spec={"resourceSelectors": selectors, "placement": placement, **spec})


MEMBERS = [stored("Cluster", name, "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push"}) for name in ("m1", "m2")]


def imported(*objects: Any, before: RecordedState | None = None) -> tuple[RecordedState, tuple[Move, ...]]:
    """What is recorded by an import of these objects, and what would move."""
    control, before = ControlPlane((*objects, *MEMBERS)), before or RecordedState()
    files = {file.path: file.text for file in plan_import(control).imported.files}
    previous = previous_state(control, load(files), before)
    return imported_state(control, compile_files(files, previous, settled=True), before)


def targets(state: RecordedState) -> dict[str, int]:
    return dict(state.decisions[WEB].binding.targets)


def test_a_division_that_nothing_explains_stays() -> None:
    """By capacity that was free once. No capacity is known here."""
    state, moves = imported(
        claimed(deployment(), "web"), policy("web", BY_CAPACITY), binding(deployment(), "web", {"m1": 3, "m2": 1})
    )
    assert (targets(state), moves) == ({"m1": 3, "m2": 1}, ())
    assert state.decisions[WEB].template_file == "shop/deployment-web.yaml"
    assert state.decisions[WEB].policy_file == "shop/propagationpolicy-web.yaml"


def test_it_is_recorded_as_a_pass_records_it() -> None:
    objects = [claimed(deployment(), "web"), policy("web", BY_CAPACITY), binding(deployment(), "web", {"m1": 3, "m2": 1})]
    state, _ = imported(*objects)
    files = {file.path: file.text for file in plan_import(ControlPlane((*objects, *MEMBERS))).imported.files}
    read = state_of(files_of(state))
    assert read.decisions == state.decisions
    again = compile_files(files, read)
    assert dict(again.templates[WEB].placed.targets) == {"m1": 3, "m2": 1}


def test_a_claim_stays_although_another_policy_would_come_first() -> None:
    both = policy("web", {}), policy("better", {"clusterAffinity": {"clusterNames": ["m1"]}}, priority=9)
    state, moves = imported(claimed(deployment(), "web"), *both, binding(deployment(), "web", {"m1": 4, "m2": 4}))
    claim = state.decisions[WEB].binding.policy
    assert claim is not None
    assert (claim.name, moves) == ("web", ())


def test_what_would_move_is_told_and_recorded_as_karmada_has_it() -> None:
    """A placement that changed after Karmada scheduled last, for example."""
    one = policy("web", {"clusterAffinity": {"clusterNames": ["m1"]}})
    state, moves = imported(claimed(deployment(), "web"), one, binding(deployment(), "web", {"m2": 4}))
    assert [(dict(move.karmada), dict(move.here)) for move in moves] == [({"m2": 4}, {"m1": 4})]
    assert targets(state) == {"m2": 4}


def test_what_karmada_has_not_placed_is_told_and_is_no_decision() -> None:
    """Selected by a policy that waits for a change of the template."""
    state, moves = imported(deployment(), policy("web", {}, activationPreference="Lazy"))
    assert [(dict(move.karmada), dict(move.here)) for move in moves] == [({}, {"m1": 4, "m2": 4})]
    assert WEB not in state.decisions


def test_a_rebalancer_was_carried_out_by_karmada() -> None:
    workloads = [{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"}]
    rebalancer = stored("WorkloadRebalancer", "once", "", api="apps.karmada.io/v1alpha1", spec={"workloads": workloads})
    objects = claimed(deployment(), "web"), policy("web", BY_CAPACITY), binding(deployment(), "web", {"m1": 3, "m2": 1})
    state, moves = imported(*objects, rebalancer)
    assert (state.rebalanced, targets(state), moves) == ({"once": (WEB,)}, {"m1": 3, "m2": 1}, ())


def test_a_decision_of_a_sync_stays_and_one_of_an_earlier_import_follows_karmada() -> None:
    """Karmada goes on deciding until its controllers stop: an import before that is made again."""
    objects = claimed(deployment(), "web"), policy("web", BY_CAPACITY)
    first, _ = imported(*objects, binding(deployment(), "web", {"m1": 3, "m2": 1}))
    moved = binding(deployment(), "web", {"m1": 1, "m2": 3})
    again, moves = imported(*objects, moved, before=first)
    assert (targets(again), moves) == ({"m1": 1, "m2": 3}, ())
    synced = replace(first, revision="a" * 40)
    assert imported(*objects, moved, before=synced)[0].decisions == first.decisions


def test_an_import_without_the_policies_is_made_good_by_the_next_one() -> None:
    """Else the placement would count as changed, and a division be made anew."""
    objects = claimed(deployment(), "web"), binding(deployment(), "web", {"m1": 3, "m2": 1})
    partial, _ = imported(*objects)
    whole, moves = imported(*objects, policy("web", BY_CAPACITY), before=partial)
    assert (whole.decisions, moves) == (imported(*objects, policy("web", BY_CAPACITY))[0].decisions, ())


def test_what_a_workload_requires_follows_it_and_does_not_move() -> None:
    settings = stored("ConfigMap", "settings", data={"a": "1"})
    web = deployment()
    web["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    requires = [{"namespace": "shop", "name": "web-deployment", "clusters": [{"name": "m1", "replicas": 4}]}]
    objects = claimed(web, "web"), policy("web", BY_CAPACITY, propagateDeps=True), settings
    state, moves = imported(*objects, binding(web, "web", {"m1": 4}), binding(settings, "", {}, requiredBy=requires))
    assert moves == ()
    assert state.decisions[ResourceKey("", "ConfigMap", "shop", "settings")].cluster_names == ("m1",)
