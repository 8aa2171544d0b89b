"""Facts without what a person may not see."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.scope import EVERYTHING, NOTHING, Scope, union, visible
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import RecordedScale


def test_who_sees_everything_sees_these_very_facts(facts: Facts) -> None:
    assert visible(facts, EVERYTHING) is facts


def test_a_namespace_has_its_objects_and_no_others(facts: Facts) -> None:
    seen = visible(facts, Scope(("shop",)))
    assert {one.key.namespace for one in seen.objects} == {"shop"}
    assert {one.key.namespace for one in seen.desired.templates} == {"shop"}
    assert {ref.namespace for ref in seen.policies} == {"shop"}
    assert seen.clusters == facts.clusters
    assert len(seen.objects) == sum(one.key.namespace == "shop" for one in facts.objects)


def test_members_count_the_objects_that_may_be_seen(facts: Facts) -> None:
    seen = visible(facts, Scope(("shop",)))
    for name, member in seen.state.clusters.items():
        held = [one for one in seen.objects if name in one.decision.cluster_names]
        assert (member.objects, member.applied) == (len(held), len(held))
        assert member.digest == ""


def test_members_that_may_not_be_seen_are_in_no_value(facts: Facts) -> None:
    seen = visible(facts, Scope(None, ("us-*",)))
    text = repr((seen.state, seen.desired.clusters, seen.desired.policies, seen.desired.override_policies))
    assert "us-east-1" in text
    assert not [name for name in facts.clusters if not name.startswith("us-") and f"'{name}'" in text]


def test_the_words_behind_a_scale_count_over_all_members(facts: Facts) -> None:
    web, other = (ResourceKey("apps", "Deployment", space, "web") for space in ("shop", "other"))
    scales = {key: RecordedScale(key, key, replicas=3, reasons=("m1 has 2 Pods",)) for key in (other, web)}
    scaled = replace(facts, state=replace(facts.state, scales=scales))
    assert visible(scaled, Scope(("shop",))).state.scales == {web: scales[web]}
    assert visible(scaled, Scope(("shop",), ("us-*",))).state.scales == {web: replace(scales[web], reasons=())}


@pytest.mark.parametrize("scope", [NOTHING, Scope((), None), Scope(("nowhere",), ("nowhere",))])
def test_nothing_is_nothing(facts: Facts, scope: Scope) -> None:
    seen = visible(facts, scope)
    assert (seen.objects, seen.namespaces, dict(seen.policies)) == ((), (), {})


def test_groups_add_up() -> None:
    assert union([Scope(("a",), ("m",)), Scope(("b",), None)]) == Scope(("a", "b"), None)
    assert union([]) == NOTHING


@pytest.mark.parametrize("kind", [DesiredState, RecordedState])
def test_a_field_that_is_new_is_looked_at(kind: Any) -> None:
    """A field is listed in `scope.py`, or left out there on purpose: add it to one of both when there is a new one."""
    known = {DesiredState: 34, RecordedState: 13}
    assert len(fields(kind)) == known[kind], "say in scope.py who may see the new field"
