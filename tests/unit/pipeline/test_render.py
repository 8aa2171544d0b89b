"""Rendering needs placements only: whether they were decided in this pass or recorded by an earlier one makes no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.render import render_placements
from reconciler.record.next_state import assume_applied
from reconciler.schedule.dependencies import merge_targets
from reconciler.transition.suspension import terms_of
from tests.support.in_memory_fleet import NOW, Files, compile_files
from tests.support.shop import SHOP, config_file, on, policy_file, workload

FOLLOWS: Files = {
    **SHOP,
    "web/deployment.yaml": workload("web", 5).replace("{name: main", "{envFrom: [{configMapRef: {name: shared}}], name: main"),
    "web/policy.yaml": policy_file("web", "Deployment", on("m1", "m2"), more="propagateDeps: true"),
    "shared.yaml": config_file("shared"),
}


def placed(decision: RecordedDecision) -> Placed:
    """As whoever reads only the status branch knows it."""
    targets = merge_targets(decision.binding.targets, decision.required_by)
    return Placed(decision.binding, targets, decision.required_by, "Abort", terms_of(None, decision, NOW), decision.message)


@pytest.mark.parametrize("name", ["m1", "m2", "m3"])
def test_recorded_decisions_render_to_the_same_manifests_for_one_cluster(name: str) -> None:
    compiled = compile_files(FOLLOWS)
    placements = {key: placed(decision) for key, decision in assume_applied(compiled).decisions.items()}
    desired = replace(compiled.desired, clusters=tuple(one for one in compiled.desired.clusters if one.name == name))
    renderings = render_placements(placements, desired, compiled.interpreter, Memo())
    member = ClusterName(name)
    assert {key: one.manifests.get(member) for key, one in renderings.items()} == {
        key: item.rendering.manifests.get(member) for key, item in compiled.templates.items()
    }
    assert {cluster for one in renderings.values() for cluster in one.manifests} == {member}


def test_only_what_is_placed_is_rendered() -> None:
    compiled = compile_files(FOLLOWS)
    (web,) = (key for key in compiled.templates if key.name == "web")
    assert list(render_placements({web: compiled.templates[web].placed}, compiled.desired, compiled.interpreter, Memo())) == [web]
