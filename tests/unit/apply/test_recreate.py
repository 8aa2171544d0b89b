"""An object whose field may not change, and whose author agreed to have it created again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.apply import recreate
from reconciler.apply.executor import carry_out
from reconciler.cluster.member_protocol import ImmutableFieldError, MemberError
from reconciler.model.changes import ChangeSet, Configure, Outcome
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, key_of, with_value
from reconciler.model.recreation import RECREATE_ANNOTATION
from tests.support.builders import config, deployment, ours, rendered
from tests.support.fakemember import FakeMember

LIVE = ours(config(data={"a": "1"}))
REFUSAL = "m1: apply ConfigMap shop/config: data: field is immutable"


class Frozen(FakeMember):
    """Refuses changes of what exists.

    new_refused: refuses new objects, too, already in a dry run. going: how often the old object is there after its deletion.
    """

    def __init__(self, *, new_refused: bool = False, going: int = 0) -> None:
        super().__init__("m1", LIVE)
        self.new_refused, self.going = new_refused, going

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        if live is not None:
            raise ImmutableFieldError(REFUSAL, remedy="Put it back.")
        if self.going:
            self.going -= 1
            raise MemberError("m1: it is still there")
        await super().apply(desired, expected, live)

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        assert live is None
        assert key_of(expected) not in self.objects, "a dry run of what exists would be a dry run of the change"
        if self.new_refused:
            raise MemberError("the webhook says no")
        return expected


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recreate, "_PAUSES", (0, 0, 0, 0))


async def outcome_of(member: Frozen, **annotations: str) -> Outcome:
    desired = rendered(config(data={"a": "2"}, annotations=annotations))
    change = Configure(desired, desired.manifest, LIVE)
    (outcome,) = await carry_out(ChangeSet(ClusterName("m1"), ((change,),)), member, 1)
    return outcome


AGREED = {RECREATE_ANNOTATION: "true"}
KEY = ResourceKey("", "ConfigMap", "shop", "config")


async def test_it_is_deleted_and_created() -> None:
    member = Frozen()
    outcome = await outcome_of(member, **AGREED)
    assert (outcome.error, outcome.recreated) == ("", "data: field is immutable")
    assert member.objects[KEY]["data"] == {"a": "2"}
    assert member.log == ["delete ConfigMap shop/config", "apply ConfigMap shop/config"]


async def test_nothing_is_deleted_without_consent() -> None:
    member = Frozen()
    outcome = await outcome_of(member)
    assert outcome.error.startswith("data: field is immutable\n  Put it back. Or set the annotation reconciler.dev/recreate")
    assert (member.objects[KEY], member.log) == (LIVE, [])


async def test_a_refused_correction_of_drift_deletes_nothing() -> None:
    """It would be refused, and deleted, in every pass."""
    desired = rendered(config(data={"a": "2"}, annotations=AGREED))
    member = Frozen()
    change = Configure(desired, desired.manifest, LIVE, "the member drifted: data.a", drift=True)
    (outcome,) = await carry_out(ChangeSet(ClusterName("m1"), ((change,),)), member, 1)
    assert outcome.error.startswith("data: field is immutable")
    assert (member.objects[KEY], member.log) == (LIVE, [])


async def test_an_object_that_is_taken_over_is_not_deleted() -> None:
    desired, foreign = rendered(config(data={"a": "2"}, annotations=AGREED)), config(data={"a": "1"})
    member = Frozen()
    change = Configure(desired, desired.manifest, foreign, "taken over", taken_over=True)
    (outcome,) = await carry_out(ChangeSet(ClusterName("m1"), ((change,),)), member, 1)
    assert (outcome.done, member.log) == (False, [])


async def test_nothing_is_deleted_that_could_not_be_created() -> None:
    member = Frozen(new_refused=True)
    outcome = await outcome_of(member, **AGREED)
    assert outcome.error.endswith("because a new one would be refused: the webhook says no")
    assert (member.objects[KEY], member.log) == (LIVE, [])


async def test_it_is_created_as_soon_as_the_old_one_is_gone() -> None:
    assert (await outcome_of(Frozen(going=3), **AGREED)).recreated
    outcome = await outcome_of(Frozen(going=4), **AGREED)
    assert (outcome.done, outcome.temporary) == (False, True)
    assert "it was deleted to be created again" in outcome.error


@pytest.mark.parametrize(
    ("declared", "applied", "expected"), [(3, {"replicas": 3}, 3), (3, {}, 7), (None, {"replicas": 7}, 7), (None, {}, None)]
)
async def test_a_number_that_the_member_decides_is_kept(
    declared: int | None, applied: dict[str, int], expected: int | None
) -> None:
    """Under an autoscaler the change applies no number; the new object must not begin with Git's."""
    desired, live = rendered(deployment(replicas=declared)), ours(deployment(replicas=7))
    member = Frozen()
    agreed = replace(desired, manifest=with_value(desired.manifest, ("metadata", "annotations", RECREATE_ANNOTATION), "true"))
    change = Configure(agreed, {**agreed.manifest, "spec": applied}, live)
    (outcome,) = await carry_out(ChangeSet(ClusterName("m1"), ((change,),)), member, 1)
    assert outcome.recreated
    assert member.objects[change.key]["spec"].get("replicas") == expected
