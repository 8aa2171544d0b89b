from __future__ import annotations

import pytest

from reconciler.cluster.listing import Row
from reconciler.model.keys import ClusterName
from reconciler.review.live.chosen_member import NowhereError, SeveralMembersError, choose_member, first_pod

M1, M2 = ClusterName("m1"), ClusterName("m2")


def test_the_only_one_is_chosen() -> None:
    assert choose_member("deploy/web", [M1], [M2]) == M1


def test_of_several_the_user_chooses() -> None:
    with pytest.raises(SeveralMembersError, match="deploy/web is on m1, m2") as raised:
        choose_member("deploy/web", [M2, M1], [])
    assert raised.value.remedy == "Choose it, for example by --cluster m1."


@pytest.mark.parametrize("unanswered", [[], [M2]])
def test_nowhere_is_no_answer_where_a_member_is_silent(unanswered: list[ClusterName]) -> None:
    with pytest.raises(NowhereError) as raised:
        choose_member("deploy/web", [], unanswered)
    assert raised.value.is_open is bool(unanswered)


def test_of_several_pods_the_first_is_chosen_that_stays() -> None:
    leaving = Row((), {"metadata": {"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"}})
    others = [Row((), {"metadata": {"name": name}}) for name in ("c", "b")]
    assert first_pod([leaving, *others]) == "b"
    assert first_pod([leaving]) == "a"
