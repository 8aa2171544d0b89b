"""Rollouts as pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Asked, NotThereError
from reconciler.dashboard.pages.rollouts import view_rollout, view_rollouts
from reconciler.dashboard.scope import Scope, visible
from reconciler.present.style import Style
from tests.support.showcase import THEN

FRAUD = "PropagationPolicy payments/fraud"


def asked(facts: Facts, name: str = "") -> Asked:
    return Asked(facts, THEN, {"name": name})


def test_those_under_way_come_first_and_then_the_newest(facts: Facts) -> None:
    rows = view_rollouts(asked(facts), None).part.rows
    assert [(row.rollout.name, row.rollout.phase.value, row.role) for row in rows] == [
        ("Configuration", "Progressing", Style.CAUTION),
        (FRAUD, "Failed", Style.BAD),
        ("PropagationPolicy shop/cart", "Completed", Style.GOOD),
    ]
    assert [(share.word, share.number) for share in rows[0].shares] == [("Current", 4), ("under way", 2), ("waits", 8)]
    assert (rows[0].done, rows[0].total) == (4, 14)


def test_one_shows_its_groups_in_order_and_how_far_each_is(facts: Facts) -> None:
    page = view_rollout(asked(facts, "Configuration"), None)
    assert [group.name for group in page.groups] == ["canary", "europe", "america", "rest"]
    assert [[(step.word, step.number) for step in group.steps] for group in page.groups] == [
        [("Current", 1)],
        [("Current", 3), ("under way", 2)],
        [("waits", 3)],
        [("waits", 4), ("waits", 1)],
    ]
    away = page.groups[3].steps[1]
    assert (away.clusters, away.message) == ("ap-south-2", "not Ready; has its turn when it is back")


def test_a_failure_says_why(facts: Facts) -> None:
    (first, _) = view_rollout(asked(facts, FRAUD), None).groups
    assert [(step.word, step.role, step.clusters, step.message) for step in first.steps] == [
        ("failed", Style.BAD, "us-east-3", "Deployment.apps payments/fraud is not Current within 10m: ImagePullBackOff")
    ]


def test_what_is_not_recorded_or_not_to_be_seen_is_not_there(facts: Facts) -> None:
    shop = visible(facts, Scope(("shop",), None))
    for of, name in ((facts, "nobody"), (shop, FRAUD)):
        with pytest.raises(NotThereError):
            view_rollout(asked(of, name), None)
    assert [key.namespace for key in view_rollout(asked(shop, "Configuration"), None).objects] == ["shop"] * 4
    assert view_rollout(asked(shop, "Configuration"), None).row.rollout.message == ""


def test_without_any_there_is_a_page(facts: Facts) -> None:
    empty = replace(facts, state=replace(facts.state, rollouts={}))
    assert view_rollouts(asked(empty), None).part.rows == ()
