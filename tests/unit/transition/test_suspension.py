"""Suspended and preserved objects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.policy import PropagationPolicy, Suspension
from reconciler.model.work import Work
from reconciler.transition.suspension import FREE, Terms, restrain, restraints_of, terms_of
from tests.support.builders import binding, config, key, policy, recorded
from tests.support.in_memory_fleet import NOW

M1, M2 = ClusterName("m1"), ClusterName("m2")
EVERYWHERE = Suspension(everywhere=True)
CONFIG, OTHER = key(config()), key(config("other"))


@pytest.mark.parametrize(
    ("claiming", "before", "as_recorded", "expected"),
    [
        (policy(), None, False, FREE),
        (replace(policy(), suspension=EVERYWHERE), None, False, Terms(EVERYWHERE)),
        (replace(policy(), suspension=EVERYWHERE), None, True, Terms(EVERYWHERE)),
        (policy(), EVERYWHERE, False, FREE),
        (policy(), EVERYWHERE, True, Terms(EVERYWHERE)),
        (None, EVERYWHERE, False, Terms(EVERYWHERE)),
    ],
)
def test_the_terms_of_the_policy_count_and_else_the_recorded_ones(
    claiming: PropagationPolicy | None, before: Suspension | None, as_recorded: bool, expected: Terms
) -> None:
    previous = None if before is None else recorded(binding(m1=1), suspension=before).decision
    assert terms_of(claiming, previous, NOW, as_recorded=as_recorded) == expected


def test_an_object_may_be_suspended_in_some_members_only() -> None:
    works = {name: Work(name, ()) for name in (M1, M2)}
    terms = {CONFIG: Terms(Suspension(clusters=frozenset({"m2"})), preserve=True), OTHER: Terms(EVERYWHERE)}
    restrained = restrain(works, restraints_of(terms))
    assert restrained[M1].suspended == {OTHER}
    assert restrained[M2].suspended == {CONFIG, OTHER}
    assert restrained[M1].preserved == {CONFIG}


def test_without_restraints_the_works_are_the_same_object() -> None:
    works = {M1: Work(M1, ())}
    assert restrain(works, restraints_of({})) is works
