"""Autoscalers between passes: what members show becomes a recorded scale that the next pass divides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.cluster.member_protocol import Measured, Measurement
from reconciler.model.condition import condition_of
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import RecordedScale
from reconciler.passes.autoscaling import Autoscaling, Scaled, with_limits
from reconciler.passes.reconciliation import Reconciliation
from reconciler.record.branch_layout import files_of, state_of
from tests.support.expanding import WordRenderer, playground
from tests.support.in_memory_fleet import Playground, load
from tests.support.shop import policy_file
from tests.unit.pipeline.test_children import BASE
from tests.unit.pipeline.test_scales import FILES, HPA, WEB, cron, fhpa

LIMITS = {"cron.yaml": cron(sets="targetMinReplicas: 9", kind="FederatedHPA", api="autoscaling.karmada.io/v1alpha1")}


def measured(count: int, milli: int) -> Measurement:
    """So many ready Pods that request 100m each and use this much."""
    pods = tuple(
        {
            "metadata": {"name": f"web-{number}"},
            "spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "100m"}}}]},
            "status": {
                "phase": "Running",
                "startTime": "2025-01-01T00:00:00Z",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2025-01-01T00:00:01Z"}],
            },
        }
        for number in range(count)
    )
    used: Measured = tuple(
        {
            "metadata": {"name": f"web-{number}"},
            "timestamp": "2026-01-01T12:00:00Z",
            "window": "30s",
            "containers": [{"name": "main", "usage": {"cpu": f"{milli}m"}}],
        }
        for number in range(count)
    )
    return Measurement({"spec": {"replicas": count}, "status": {"replicas": count}}, pods, (used,))


class World:
    """A fleet, its autoscaling, and passes after it."""

    def __init__(self, files: dict[str, str]) -> None:
        self.playground = Playground("m1", "m2")
        self.files = files
        self.autoscaling = Autoscaling()
        self.reconciliation: Reconciliation | None = None

    async def sync(self) -> dict[str, int]:
        """The replicas of each member, and what a status branch keeps."""
        await self.playground.sync(self.files)
        self.playground.recorded = state_of(files_of(self.playground.recorded))
        held = {name: member.holds() for name, member in self.playground.members.items()}
        return {name: objects[str(WEB)]["spec"]["replicas"] for name, objects in held.items() if str(WEB) in objects}

    def show(self, milli: int, **counts: int) -> None:
        for name, count in counts.items():
            self.playground.members[name].measurements[WEB] = measured(count, milli)

    async def look(self, *, later: float = 60) -> Scaled:
        """After some seconds; what it finds is recorded."""
        self.playground.now += timedelta(seconds=later)
        if self.reconciliation is None:
            self.reconciliation = await self.playground.reconciliation(self.files)
        compiled = self.playground.passes[-1].compiled
        found = await self.autoscaling.look(self.reconciliation, compiled, self.state)
        self.playground.recorded = found.on(self.state)
        return found

    @property
    def state(self) -> RecordedState:
        return self.playground.recorded

    def scale(self, key: ResourceKey = WEB) -> RecordedScale:
        return self.state.scales[key]


async def test_load_over_two_clusters_raises_what_the_scheduler_divides() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()})
    assert await world.sync() == {"m1": 2, "m2": 2}
    world.show(160, m1=2, m2=2)
    assert (await world.look()).is_news
    assert world.scale().replicas == 8
    assert world.scale().reasons == ("cpu: 160 % of the requests, target 80 %, over 4 Pods: 4 × 2 → 8",)
    assert await world.sync() == {"m1": 4, "m2": 4}
    world.show(80, m1=4, m2=4)
    assert not (await world.look()).is_news  # Nothing to record.
    assert await world.sync() == {"m1": 4, "m2": 4}
    world.show(20, m1=4, m2=4)
    assert not (await world.look(later=200)).is_news  # Within five minutes.
    assert (await world.look(later=301)).is_news
    assert await world.sync() == {"m1": 1, "m2": 1}


async def test_a_duplicated_workload_gets_the_whole_number_in_each_member() -> None:
    world = World(FILES | {"hpa.yaml": fhpa(), "policy.yaml": policy_file("web", "Deployment", "")})
    assert await world.sync() == {"m1": 4, "m2": 4}
    world.show(160, m1=4, m2=4)
    await world.look()
    assert world.scale().replicas == 8
    assert "8 × 2 / 2 (replicas that members are to hold for each one of the template) → 8" in world.scale().reasons[0]
    assert await world.sync() == {"m1": 8, "m2": 8}


async def test_a_number_that_has_not_reached_the_members_is_not_multiplied_again() -> None:
    """Nothing may be written to the members, whose Pods go on to have twice the load that they should."""
    world = World(FILES | {"hpa.yaml": fhpa()})
    await world.sync()
    world.show(160, m1=2, m2=2)
    await world.look()
    assert world.scale().replicas == 8
    for _ in range(3):
        await world.sync()
        assert not (await world.look()).is_news
    assert world.scale().replicas == 8


async def test_a_member_that_does_not_answer_is_left_out_and_its_share_counts() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()})
    await world.sync()
    world.show(160, m1=2, m2=2)
    world.playground.members["m2"].refuses.add("measure")
    await world.look()
    assert world.scale().replicas == 8  # 2 Pods × 2, for half of the replicas.


async def test_without_any_answer_nothing_changes_and_a_condition_says_why() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()})
    await world.sync()
    for member in world.playground.members.values():
        member.refuses.add("measure")
    assert (await world.look()).is_news
    able = condition_of(world.scale().conditions, "AbleToScale")
    assert able is not None
    assert (able.status, able.reason, "does not answer" in able.message) == ("False", "FailedGetScale", True)
    assert world.scale().replicas is None
    assert await world.sync() == {"m1": 2, "m2": 2}
    assert not (await world.look()).is_news


async def test_metrics_are_read_at_their_interval_alone() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()})
    await world.sync()
    world.show(80, m1=2, m2=2)
    await world.look()
    for member in world.playground.members.values():
        member.log.clear()
    await world.look(later=5)
    assert world.playground.requests() == {}
    await world.look(later=10)
    assert world.playground.requests() == {name: [f"measure {WEB}"] for name in ("m1", "m2")}


async def test_a_cron_rule_sets_replicas_and_the_next_pass_has_them() -> None:
    world = World(FILES | {"cron.yaml": cron()})
    await world.sync()
    await world.look()
    assert world.state.scales == {}
    found = await world.look(later=12 * 3600)
    assert found.scales[WEB].replicas == 3
    assert world.scale().reasons == ("rule night of CronFederatedHPA shop/web set 3 replicas",)
    assert sum((await world.sync()).values()) == 3
    assert not (await world.look(later=3600)).is_news


async def test_a_restart_catches_up_what_was_missed() -> None:
    world = World(FILES | {"cron.yaml": cron()})
    await world.sync()
    await world.look()
    await world.sync()
    world.autoscaling = Autoscaling()
    found = await world.look(later=3 * 24 * 3600)
    assert found.scales[WEB].replicas == 3


async def test_a_cron_rule_sets_the_limits_of_a_federated_hpa() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()} | LIMITS)
    await world.sync()
    world.show(80, m1=2, m2=2)
    await world.look()
    assert world.scale().replicas is None
    await world.look(later=12 * 3600)
    assert (world.scale(HPA).minimum, world.scale(HPA).maximum) == (9, None)
    assert world.scale().replicas == 9
    assert world.scale().reasons == ("4 replicas are fewer than minReplicas → 9",)
    assert sum((await world.sync()).values()) == 9


async def test_a_rule_without_a_target_fails_and_says_so() -> None:
    files = FILES | {"cron.yaml": cron(target="other")}
    world = World(files)
    await world.sync()
    await world.look()
    found = await world.look(later=12 * 3600)
    (known,) = found.crons.values()
    assert [one.message for one in known.rules["night"].failed] == [
        "no policy of the repository claims Deployment.apps shop/other"
    ]
    assert found.scales == {}


@pytest.mark.parametrize(
    ("minimum", "maximum", "limits"),
    [(9, None, (9, 20)), (30, None, (20, 20)), (None, 3, (1, 3)), (9, 12, (9, 12))],
)
def test_what_a_file_says_counts_where_a_rule_contradicts_it(minimum: int | None, maximum: int | None, limits: Any) -> None:
    (one,) = load(FILES | {"hpa.yaml": fhpa()}).federated_hpas
    state = RecordedState(scales={HPA: RecordedScale(HPA, HPA, minimum=minimum, maximum=maximum)})
    found = with_limits(one, state)
    assert (found.minimum, found.maximum) == limits
    more = with_limits(replace(one, minimum=5), state)
    assert more.minimum <= more.maximum
    assert maximum != 3 or (more.minimum, more.maximum) == (5, 5)


QUEUE = """
  metrics:
    - type: Object
      object:
        describedObject: {apiVersion: v1, kind: Service, name: web}
        metric: {name: queue}
        target: {type: Value, value: "100"}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
"""


async def test_a_member_that_does_not_answer_makes_no_load_of_an_object_vanish() -> None:
    world = World(FILES | {"hpa.yaml": fhpa().rstrip() + QUEUE})
    await world.sync()
    for member in world.playground.members.values():
        member.measurements[WEB] = replace(measured(2, 80), metrics=(({"value": "50"},),))
    await world.look()
    world.playground.members["m2"].refuses.add("measure")
    await world.look()
    assert world.scale().replicas is None
    active = condition_of(world.scale().conditions, "ScalingActive")
    assert active is not None
    assert "m2: m2 does not answer; what the object has there is unknown" in active.message
    world.playground.members["m2"].refuses.clear()
    await world.look()
    assert world.scale().replicas is None


BROKEN = "kind: [never closed\n"


async def test_a_firing_waits_for_a_target_that_may_be_in_a_file_with_an_error() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()} | LIMITS)
    await world.sync()
    world.show(80, m1=2, m2=2)
    await world.look()
    good = world.files
    world.files = good | {"hpa.yaml": BROKEN}
    await world.sync()
    assert not (await world.look(later=12 * 3600)).is_news
    world.files = good
    await world.sync()
    await world.look()
    assert world.scale(HPA).minimum == 9
    (known,) = world.state.crons.values()
    assert known.rules["night"].failed == ()


async def test_an_autoscaler_whose_file_has_an_error_is_not_replaced_by_another_one() -> None:
    other = fhpa("web2").replace("maxReplicas: 20", "maxReplicas: 3")
    world = World(FILES | {"hpa.yaml": fhpa(), "other.yaml": other})
    await world.sync()
    world.show(160, m1=2, m2=2)
    await world.look()
    assert world.scale().replicas == 8
    world.files = world.files | {"hpa.yaml": BROKEN}
    await world.sync()
    assert not (await world.look()).is_news
    world.files = {name: text for name, text in world.files.items() if name != "hpa.yaml"}
    await world.sync()
    await world.look()
    assert world.scale().replicas == 3


async def test_a_record_that_is_lost_while_the_process_runs_misses_no_firing() -> None:
    world = World(FILES | {"cron.yaml": cron()})
    await world.sync()
    await world.look()
    world.playground.recorded = replace(world.state, crons={})
    await world.look()
    assert (await world.look(later=12 * 3600)).scales[WEB].replicas == 3


async def test_a_firing_that_another_process_overwrote_is_carried_out_again() -> None:
    world = World(FILES | {"cron.yaml": cron()})
    await world.sync()
    await world.look()
    before = world.state
    await world.look(later=12 * 3600)
    world.playground.recorded = before
    assert (await world.look(later=1)).scales[WEB].replicas == 3
    assert not (await world.look(later=1)).is_news


async def test_a_scale_has_the_name_of_the_autoscaler_that_acts_now() -> None:
    world = World(FILES | {"hpa.yaml": fhpa()})
    await world.sync()
    world.show(160, m1=2, m2=2)
    await world.look()
    await world.sync()
    world.files["hpa.yaml"] = fhpa("scaler")
    await world.sync()
    world.show(80, m1=4, m2=4)
    world.reconciliation = None
    await world.look()
    assert (world.scale().by.name, world.scale().replicas) == ("scaler", 8)
    assert world.scale().reasons
    assert not (await world.look()).is_news


async def test_load_that_stays_near_a_limit_is_told_once() -> None:
    world = World(FILES | {"hpa.yaml": fhpa().replace("20", "4")})
    await world.sync()
    news = []
    for milli in (80, 160, 80, 160, 80):
        world.show(milli, m1=2, m2=2)
        news.append((await world.look()).is_news)
    assert news == [True, True, False, False, False]


async def test_a_clock_that_is_set_back_misses_no_firing() -> None:
    world = World(FILES | {"cron.yaml": cron()})
    await world.sync()
    await world.look(later=24 * 3600 * 365)
    await world.look(later=-24 * 3600 * 365)
    assert (await world.look(later=12 * 3600)).scales[WEB].replicas == 3


async def test_a_rule_for_a_kind_without_replicas_fails() -> None:
    config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}}"
    policy = policy_file("web", "ConfigMap", "", api="v1")
    world = World({**FILES, "policy.yaml": policy, "config.yaml": config, "cron.yaml": cron(kind="ConfigMap", api="v1")})
    await world.sync()
    await world.look()
    await world.look(later=12 * 3600)
    assert world.state.scales == {}
    (known,) = world.state.crons.values()
    assert known.rules["night"].failed[0].message == "no rule says where ConfigMap shop/web has replicas"


async def test_what_a_chart_makes_is_not_scaled_and_that_is_told() -> None:
    """The chart states the number, and nothing puts another one in its place."""
    child = ResourceKey("apps", "Deployment", "shop", "app-web")
    world = World({**BASE, "hpa.yaml": fhpa("web", "app-web"), "cron.yaml": cron("app-web")})
    world.playground = playground("m1", "m2", "m3", renderer=WordRenderer())
    await world.sync()
    compiled = world.playground.passes[-1].compiled
    assert child in compiled.templates
    told = [one.message for one in compiled.issues if one.reason == "NotScalable"]
    assert told == [
        f"{kind} shop/web names Deployment.apps shop/app-web, which Chart.reconciler.dev shop/app makes: that states its replicas"
        for kind in ("CronFederatedHPA", "FederatedHPA")
    ]
    await world.look()
    await world.look(later=12 * 3600)
    assert world.state.scales == {}
    (known,) = world.state.crons.values()
    assert known.rules["night"].failed[0].message == (
        "Chart.reconciler.dev shop/app makes Deployment.apps shop/app-web, and states its replicas"
    )


def test_what_is_found_later_counts() -> None:
    one: Any = RecordedScale(WEB, HPA, replicas=3)
    found = Scaled({WEB: one}).followed_by(Scaled({WEB: replace(one, replicas=4)}))
    assert found.on(RecordedState()).scales[WEB].replicas == 4
    assert Scaled().on(RecordedState()) == RecordedState()
