"""What changed for one object from one recorded state to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.policy import Suspension
from reconciler.present.history import change_text
from reconciler.record.object_history import NOTHING, ObjectFacts
from reconciler.review.object_changes import changes_between, on_clusters
from tests.support.builders import Recorded, binding, recorded, status

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
TEAM = (PolicyRef("OverridePolicy", "shop", "team"), "team.yaml")


def told(before: Recorded | None, after: Recorded | None) -> list[str]:
    sides = (NOTHING if one is None else ObjectFacts(*one) for one in (before, after))
    return [change_text(change) for change in changes_between(*sides)]


WEB = recorded(binding(m1=2), status("m1", digest="sha256:1"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, WEB, ["placed on m1:2", "Current on m1"]),
        (WEB, None, ["removed from m1"]),
        (WEB, WEB, []),
        (WEB, recorded(binding(m2=2), status("m2")), ["moved m1 → m2:2", "Current on m2"]),
        (WEB, recorded(binding(m2=1, m3=3)), ["moved m1 → m2:1", "moved m1 → m3:3", "Current on m2, m3"]),
        (WEB, recorded(binding(m1=5), status("m1", digest="sha256:2")), ["scaled on m1: 2 → 5", "changed on m1"]),
        (
            WEB,
            recorded(binding(m1=2, m2=2), WEB.report.statuses[0], status("m2"), leaving={ClusterName("m1"): WHEN}),
            ["placed on m2:2", "leaves m1 when its successor is ready", "Current on m2"],
        ),
        (
            WEB,
            recorded(binding(m1=2), status("m1", HealthStatus.FAILED, digest="sha256:1")),
            ["Current → Failed on m1"],
        ),
        (
            WEB,
            recorded(binding(m1=2), status("m1", applied=False, message="m1: it is not ours", digest="sha256:1")),
            ["not applied on m1: m1: it is not ours"],
        ),
        (recorded(binding(m1=2), status("m1", applied=False, message="x")), WEB, ["applied on m1"]),
        (
            WEB,
            Recorded(WEB.decision, replace(WEB.report, statuses=(replace(WEB.report.statuses[0], corrected="spec.replicas"),))),
            ["drift corrected on m1: spec.replicas"],
        ),
        (WEB, Recorded(replace(WEB.decision, overrides=(TEAM,)), WEB.report), ["overridden by OverridePolicy shop/team"]),
        (Recorded(replace(WEB.decision, overrides=(TEAM,)), WEB.report), WEB, ["not overridden any more"]),
        (WEB, Recorded(replace(WEB.decision, template_file="b.yaml"), WEB.report), ["declared in b.yaml, before in web.yaml"]),
        (WEB, Recorded(replace(WEB.decision, suspension=Suspension(everywhere=True)), WEB.report), ["suspended on m1"]),
        (Recorded(replace(WEB.decision, suspension=Suspension(everywhere=True)), WEB.report), WEB, ["resumed on m1"]),
        (WEB, Recorded(replace(WEB.decision, message="no cluster fits"), WEB.report), ["waits: no cluster fits"]),
    ],
)  # fmt: skip
def test_changes(before: Recorded | None, after: Recorded | None, expected: list[str]) -> None:
    assert told(before, after) == expected


def test_only_some_members_are_of_interest() -> None:
    all_changes = changes_between(NOTHING, ObjectFacts(*recorded(binding(m1=1, m2=1))))
    assert [change_text(one) for one in on_clusters(all_changes, ["m2"])] == ["placed on m2:1", "Current on m2"]
    assert on_clusters(all_changes, ["m3"]) == ()


def test_many_members_are_short_where_there_is_no_room() -> None:
    changes = changes_between(NOTHING, ObjectFacts(*recorded(binding(**{f"m{number}": 2 for number in range(8)}))))
    assert change_text(changes[0], short=True) == "placed on 8 clusters"
