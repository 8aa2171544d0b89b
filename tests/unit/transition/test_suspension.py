"""What policies say about the members' copies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.policy import PropagationPolicy, Suspension
from reconciler.model.work import Work
from reconciler.transition.suspension import FREE, Terms, restrain, restraints_of, terms_of
from tests.support.builders import binding, config, key, policy, recorded

M1, M2 = ClusterName("m1"), ClusterName("m2")
EVERYWHERE = Suspension(everywhere=True)
CONFIG, OTHER = key(config()), key(config("other"))


@pytest.mark.parametrize(
    ("word", "before", "as_recorded", "expected"),
    [
        (policy(), None, False, FREE),
        (replace(policy(), suspension=EVERYWHERE), None, False, Terms(EVERYWHERE)),
        (replace(policy(), suspension=EVERYWHERE), None, True, Terms(EVERYWHERE)),
        (policy(), EVERYWHERE, False, FREE),
        (policy(), EVERYWHERE, True, Terms(EVERYWHERE)),
        (None, EVERYWHERE, False, Terms(EVERYWHERE)),
    ],
)
def test_the_policys_word_counts_and_the_recorded_one_where_it_is_silent(
    word: PropagationPolicy | None, before: Suspension | None, as_recorded: bool, expected: Terms
) -> None:
    previous = None if before is None else recorded(binding(m1=1), suspension=before).decision
    assert terms_of(word, previous, as_recorded=as_recorded) == expected


def test_what_is_suspended_in_some_members_only() -> None:
    works = {name: Work(name, ()) for name in (M1, M2)}
    terms = {CONFIG: Terms(Suspension(clusters=frozenset({"m2"})), preserve=True), OTHER: Terms(EVERYWHERE)}
    restrained = restrain(works, restraints_of(terms))
    assert restrained[M1].suspended == {OTHER}
    assert restrained[M2].suspended == {CONFIG, OTHER}
    assert restrained[M1].preserved == {CONFIG}


def test_works_that_nothing_restrains_are_left_as_they_are() -> None:
    works = {M1: Work(M1, ())}
    assert restrain(works, restraints_of({})) is works
