"""One template's next step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import NO_REPORT
from reconciler.model.settings import Settings, Unclaimed
from reconciler.transition.steps import Step, next_step
from tests.support.builders import Recorded, binding, recorded, status
from tests.unit.transition.test_handover import EARLIER, NOW, STARTING

LEAVING = {ClusterName("m1"): EARLIER}
MOVING = recorded(binding(m1=2, m2=2), status("m1"), status("m2", STARTING), leaving=LEAVING)
NO_FIT = Unschedulable(binding().key, None, "NoClusterFit", "nothing fits")


def step(decision: Binding | Unschedulable | None, previous: Recorded | None, **how: Any) -> Step:
    last, report = previous or (None, NO_REPORT)
    return next_step(decision, last, how.pop("settings", Settings()), NOW, report, **how)


def test_a_decision_is_handed_over() -> None:
    found = step(binding(m2=2), recorded(binding(m1=2)))
    assert found.binding is not None
    assert (found.binding.cluster_names, found.leaving, found.message) == (("m1", "m2"), {"m1": NOW}, "")
    assert step(binding(m2=2), recorded(binding(m1=2)), settled=True) == Step(binding(m2=2))


def test_without_patience_a_move_is_karmadas() -> None:
    at_once = Settings(handover_timeout=timedelta())
    assert step(binding(m2=2), recorded(binding(m1=2)), settings=at_once) == Step(binding(m2=2))


def test_unschedulable_keeps_the_last_good_placement_and_its_timers() -> None:
    found = step(NO_FIT, MOVING)
    assert found.binding is not None
    assert (found.binding.targets, found.leaving) == (MOVING.binding.targets, LEAVING)
    assert found.message == "NoClusterFit: nothing fits"
    assert step(NO_FIT, None) == Step(None, "NoClusterFit: nothing fits")


@pytest.mark.parametrize("decision", [binding(m3=1), NO_FIT, None])
@pytest.mark.parametrize("settled", [False, True])
def test_nothing_moves_while_what_governs_it_is_broken(decision: Any, settled: bool) -> None:
    found = step(decision, MOVING, frozen_by="policy.yaml", settled=settled)
    assert found == Step(MOVING.binding, "nothing moves while policy.yaml has an error", LEAVING)


def test_what_was_never_placed_is_not_frozen() -> None:
    assert step(binding(m1=1), None, frozen_by="policy.yaml") == Step(binding(m1=1))


def test_what_nobody_claims() -> None:
    kept = step(None, recorded(binding(m1=2)))
    assert kept.binding is not None
    assert (kept.binding.policy, kept.binding.targets) == (None, binding(m1=2).targets)
    assert "kept" in kept.message
    pruned = step(None, recorded(binding(m1=2)), settings=Settings(unclaimed=Unclaimed.PRUNE))
    assert pruned.binding is None
    assert "pruned" in pruned.message
    assert step(None, None) == Step(None, "no policy claims it")


def test_what_nobody_claimed_is_claimed_again() -> None:
    kept = step(None, recorded(binding(m1=2)))
    assert kept.binding is not None
    again = step(binding(m1=2), recorded(kept.binding, message=kept.message))
    assert again == Step(binding(m1=2))
