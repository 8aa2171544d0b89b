"""What one pass brings about for one template."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import NO_REPORT
from reconciler.model.settings import Settings, Unclaimed
from reconciler.transition.transition import Transition, transition_to
from tests.support.builders import Recorded, binding, recorded, status
from tests.unit.transition.test_handover import EARLIER, NOW, STARTING

LEAVING = {ClusterName("m1"): EARLIER}
MOVING = recorded(binding(m1=2, m2=2), status("m1"), status("m2", STARTING), leaving=LEAVING)
NO_FIT = Unschedulable(binding().key, None, "NoClusterFit", "nothing fits")


def transition(decision: Binding | Unschedulable | None, previous: Recorded | None, **how: Any) -> Transition:
    last, report = previous or (None, NO_REPORT)
    return transition_to(decision, last, how.pop("settings", Settings()), NOW, report, **how)


def test_a_decision_is_handed_over() -> None:
    result = transition(binding(m2=2), recorded(binding(m1=2)))
    assert result.binding is not None
    assert (result.binding.cluster_names, result.leaving, result.message) == (("m1", "m2"), {"m1": NOW}, "")
    assert transition(binding(m2=2), recorded(binding(m1=2)), settled=True) == Transition(binding(m2=2))


def test_without_a_handover_time_out_a_move_is_as_in_karmada() -> None:
    at_once = Settings(handover_timeout=timedelta())
    assert transition(binding(m2=2), recorded(binding(m1=2)), settings=at_once) == Transition(binding(m2=2))


def test_unschedulable_keeps_the_last_good_placement_and_its_timers() -> None:
    result = transition(NO_FIT, MOVING)
    assert result.binding is not None
    assert (result.binding.targets, result.leaving) == (MOVING.binding.targets, LEAVING)
    assert result.message == "NoClusterFit: nothing fits"
    assert transition(NO_FIT, None) == Transition(None, "NoClusterFit: nothing fits")


@pytest.mark.parametrize("decision", [binding(m3=1), NO_FIT, None])
@pytest.mark.parametrize("settled", [False, True])
def test_nothing_moves_while_a_governing_file_has_an_error(decision: Any, settled: bool) -> None:
    result = transition(decision, MOVING, frozen_by="policy.yaml", settled=settled)
    assert result == Transition(MOVING.binding, "nothing moves while policy.yaml has an error", LEAVING, frozen=True)


def test_an_object_that_was_never_placed_is_not_frozen() -> None:
    assert transition(binding(m1=1), None, frozen_by="policy.yaml") == Transition(binding(m1=1))


def test_an_unclaimed_object() -> None:
    kept = transition(None, recorded(binding(m1=2)))
    assert kept.binding is not None
    assert (kept.binding.policy, kept.binding.targets) == (None, binding(m1=2).targets)
    assert "kept" in kept.message
    pruned = transition(None, recorded(binding(m1=2)), settings=Settings(unclaimed=Unclaimed.PRUNE))
    assert pruned.binding is None
    assert "pruned" in pruned.message
    assert transition(None, None) == Transition(None, "no policy claims it")


def test_an_unclaimed_object_is_claimed_again() -> None:
    kept = transition(None, recorded(binding(m1=2)))
    assert kept.binding is not None
    again = transition(binding(m1=2), recorded(kept.binding, message=kept.message))
    assert again == Transition(binding(m1=2))
