"""Rollouts over whole passes: what members hold while a change reaches them one group after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get
from reconciler.model.recorded import RecordedState
from reconciler.model.rollout import RecordedRollout, RolloutPhase
from reconciler.passes.earlier import needed_commits
from reconciler.passes.passes import Pass, run_pass
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Files, Playground

NAMES = ("a", "b", "c")
APP = ResourceKey("apps", "Deployment", "shop", "app")
COMMITS = tuple(str(number) * 40 for number in range(1, 8))


def configuration(rollout: str) -> dict[str, str]:
    return {"reconciler.yaml": f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  rollout:\n{rollout}"}


GROUPS = "    groups: [{name: first, clusters: [a]}, {name: second, clusters: [b]}, {name: rest}]\n"


def cluster(name: str) -> str:
    return f"""apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {{name: {name}}}
spec: {{syncMode: Push, apiEndpoint: "file:{name}"}}
"""


def files(image: str, rollout: str = GROUPS, names: tuple[str, ...] = NAMES, clusters: str = "", extra: str = "") -> Files:
    placed = clusters or ", ".join(names)
    return {
        **(configuration(rollout) if rollout else {}),
        **{f"clusters/{name}.yaml": cluster(name) for name in names},
        "shop/app.yaml": f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: app, namespace: shop}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app}}}}
  template:
    metadata: {{labels: {{app: app}}}}
    spec: {{containers: [{{name: app, image: "{image}"}}]}}
""",
        "shop/policy.yaml": f"""apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {{name: app, namespace: shop}}
spec:
  resourceSelectors: [{{apiVersion: apps/v1, kind: Deployment}}, {{apiVersion: v1, kind: ConfigMap}}]
  placement: {{clusterAffinity: {{clusterNames: [{placed}]}}}}
""",
        **({"shop/extra.yaml": extra} if extra else {}),
    }


class Rollouts(Playground):
    """A playground with commits: each revision has a name, and can be read again later."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.revisions: dict[str, Files] = {}

    async def one_pass(self, commit: str, revision: Files, *, by_hand: bool = False) -> Pass:
        self.revisions[commit] = revision
        self.recorded = state_of(files_of(self.recorded))  # As after a restart.
        reconciliation = await self.reconciliation(revision)
        desired = replace(reconciliation.desired, revision=commit, by_hand=by_hand)
        earlier = {
            one: await self._loaded(one) for one in sorted(needed_commits(desired, self.recorded)) if one in self.revisions
        }
        reconciliation = replace(reconciliation, desired=replace(desired, earlier=earlier), revision=commit)
        done = await run_pass(reconciliation, self.recorded)
        self.recorded = done.recorded
        return done

    async def _loaded(self, commit: str) -> DesiredState:
        return (await self.reconciliation(self.revisions[commit])).desired

    def images(self) -> dict[str, str]:
        """By member, the image that it has; members without the Deployment are left out."""
        held = {name: member.objects.get(APP) for name, member in self.members.items()}
        path = ("spec", "template", "spec", "containers", 0, "image")
        return {name: get(item, *path) for name, item in held.items() if item is not None}

    @property
    def rollout(self) -> RecordedRollout:
        return next(iter(self.recorded.rollouts.values()))

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def run(test: Any) -> None:
    asyncio.run(test)


def test_a_change_reaches_one_group_after_the_other() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        assert fleet.images() == {"a": "app:1", "b": "app:1", "c": "app:1"}
        assert not fleet.recorded.rollouts
        seen = []
        for _ in range(4):
            await fleet.one_pass(COMMITS[1], files("app:2"))
            seen.append("".join(name for name, image in fleet.images().items() if image == "app:2"))
        assert seen == ["a", "ab", "abc", "abc"]
        assert (fleet.rollout.phase, fleet.rollout.target, fleet.rollout.base) == (
            RolloutPhase.COMPLETED,
            COMMITS[1],
            COMMITS[0],
        )

    run(check())


def test_without_a_strategy_a_change_reaches_all_at_once() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        for commit, image in zip(COMMITS, ("app:1", "app:2"), strict=False):
            await fleet.one_pass(commit, files(image, rollout=""))
            assert set(fleet.images().values()) == {image}

    run(check())


def test_a_cluster_that_waits_keeps_its_content_also_where_somebody_changes_it() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        soaking = GROUPS + "    soak: 10m\n"
        await fleet.one_pass(COMMITS[1], files("app:2", soaking))
        await fleet.one_pass(COMMITS[1], files("app:2", soaking))
        del fleet.members["c"].objects[APP]
        await fleet.one_pass(COMMITS[1], files("app:2", soaking))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        fleet.later(minutes=10)
        await fleet.one_pass(COMMITS[1], files("app:2", soaking))
        await fleet.one_pass(COMMITS[1], files("app:2", soaking))
        assert fleet.images() == {"a": "app:2", "b": "app:2", "c": "app:1"}

    run(check())


def test_a_failure_stops_it_and_a_commit_that_takes_the_change_back_reaches_all_at_once() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        fleet.members["a"].refuses = {str(APP)}
        await fleet.one_pass(COMMITS[1], files("app:2"))
        fleet.later(minutes=11)
        await fleet.one_pass(COMMITS[1], files("app:2"))
        assert fleet.rollout.phase is RolloutPhase.FAILED
        assert fleet.rollout.message.startswith("1 cluster failed, and 0 may fail (maxFailures): a: not Current after 10m")
        fleet.members["a"].refuses = set()
        await fleet.one_pass(COMMITS[1], files("app:2"))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        await fleet.one_pass(COMMITS[2], files("app:1"))
        assert set(fleet.images().values()) == {"app:1"}
        assert fleet.rollout.phase is RolloutPhase.REVERTED

    run(check())


def test_a_newer_commit_waits_in_the_queue_and_the_rollout_stays_at_its_revision() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        await fleet.one_pass(COMMITS[1], files("app:2"))
        seen = []
        for _ in range(6):
            await fleet.one_pass(COMMITS[2], files("app:3"))
            seen.append(" ".join(image[-1] for image in fleet.images().values()))
        assert seen == ["2 2 1", "2 2 2", "3 2 2", "3 3 2", "3 3 3", "3 3 3"]

    run(check())


def test_a_newer_commit_supersedes() -> None:
    async def check() -> None:
        fleet, mode = Rollouts(*NAMES), GROUPS + "    onNewCommit: supersede\n"
        await fleet.one_pass(COMMITS[0], files("app:1", mode))
        await fleet.one_pass(COMMITS[1], files("app:2", mode))
        await fleet.one_pass(COMMITS[1], files("app:2", mode))
        seen = []
        for _ in range(4):
            await fleet.one_pass(COMMITS[2], files("app:3", mode))
            seen.append(" ".join(image[-1] for image in fleet.images().values()))
        assert seen == ["3 2 1", "3 3 1", "3 3 3", "3 3 3"]

    run(check())


def test_a_newer_commit_merges() -> None:
    async def check() -> None:
        fleet, mode = Rollouts(*NAMES), GROUPS + "    onNewCommit: merge\n"
        await fleet.one_pass(COMMITS[0], files("app:1", mode))
        await fleet.one_pass(COMMITS[1], files("app:2", mode))
        await fleet.one_pass(COMMITS[1], files("app:2", mode))
        seen = []
        for _ in range(3):
            await fleet.one_pass(COMMITS[2], files("app:3", mode))
            seen.append(" ".join(image[-1] for image in fleet.images().values()))
        assert seen == ["3 3 1", "3 3 3", "3 3 3"]

    run(check())


def test_a_move_waits_until_the_new_cluster_has_its_turn() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1", clusters="a"))
        seen = []
        for _ in range(5):
            await fleet.one_pass(COMMITS[1], files("app:1", clusters="c"))
            seen.append("".join(fleet.images()))
        assert seen[0] == "a"
        assert seen[-1] == "c"
        assert all(seen)

    run(check())


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config, namespace: shop}\ndata: {mode: fast}\n"


def test_objects_come_and_go_in_turn() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        config = ResourceKey("", "ConfigMap", "shop", "config")

        def holders() -> str:
            return "".join(name for name, member in fleet.members.items() if config in member.objects)

        await fleet.one_pass(COMMITS[0], files("app:1"))
        seen = []
        for commit, extra in ((COMMITS[1], CONFIG), (COMMITS[2], "")):
            for _ in range(4):
                await fleet.one_pass(commit, files("app:1", extra=extra))
                seen.append(holders())
        assert seen == ["a", "ab", "abc", "abc", "bc", "c", "", ""]
        assert fleet.rollout.phase is RolloutPhase.COMPLETED

    run(check())


def test_a_cluster_that_joins_waits_with_the_last_group() -> None:
    async def check() -> None:
        fleet, more = Rollouts(*NAMES, "d"), (*NAMES, "d")
        soaking = GROUPS + "    soak: 1h\n"
        await fleet.one_pass(COMMITS[0], files("app:1", soaking, clusters="a, b, c, d"))
        await fleet.one_pass(COMMITS[1], files("app:2", soaking, clusters="a, b, c, d"))
        await fleet.one_pass(COMMITS[2], files("app:2", soaking, more))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        await fleet.one_pass(COMMITS[2], files("app:2", soaking, more))
        assert fleet.rollout.groups[-1].clusters == ("c", "d")
        for _ in range(4):
            fleet.later(hours=1)
            await fleet.one_pass(COMMITS[2], files("app:2", soaking, more))
        assert set(fleet.images().values()) == {"app:2"}
        assert len(fleet.images()) == 4

    run(check())


def test_a_commit_that_cannot_be_read_any_more_leaves_copies_as_they_are() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        await fleet.one_pass(COMMITS[1], files("app:2"))
        del fleet.revisions[COMMITS[0]]
        await fleet.one_pass(COMMITS[1], files("app:2"))
        assert fleet.images() == {"a": "app:2", "b": "app:2", "c": "app:1"}
        await fleet.one_pass(COMMITS[1], files("app:2"))
        assert set(fleet.images().values()) == {"app:2"}

    run(check())


def test_a_policy_may_have_a_strategy_of_its_own_and_others_none() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        named = {
            "reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  rollouts:\n    careful:\n"
            + GROUPS.replace("    groups", "      groups")
        }
        first = {**files("app:1", rollout=""), **named, "shop/config.yaml": CONFIG}
        policy = first["shop/policy.yaml"]
        of_app = policy.replace("{apiVersion: v1, kind: ConfigMap}", "").replace(", ]", "]")
        of_app = of_app.replace("namespace: shop}", "namespace: shop, annotations: {reconciler.dev/rollout: careful}}")
        of_config = policy.replace("name: app,", "name: config,").replace("{apiVersion: apps/v1, kind: Deployment}, ", "")
        first = {**first, "shop/policy.yaml": of_app, "shop/config-policy.yaml": of_config}
        await fleet.one_pass(COMMITS[0], first)
        changed = {name: text.replace("app:1", "app:2").replace("fast", "slow") for name, text in first.items()}
        await fleet.one_pass(COMMITS[1], changed)
        config = ResourceKey("", "ConfigMap", "shop", "config")
        assert [get(member.objects[config], "data", "mode") for member in fleet.members.values()] == ["slow"] * 3
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        assert list(fleet.recorded.rollouts) == ["PropagationPolicy shop/app"]
        assert list(fleet.rollout.objects) == [APP]

    run(check())


def test_an_override_is_a_change_too() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        override = """apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: app, namespace: shop}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
  overrideRules:
    - overriders: {imageOverrider: [{component: Tag, operator: replace, value: "9"}]}
"""
        changed: Mapping[str, str] = {**files("app:1"), "shop/override.yaml": override}
        await fleet.one_pass(COMMITS[1], changed)
        assert fleet.images() == {"a": "app:9", "b": "app:1", "c": "app:1"}

    run(check())


def test_a_recorded_rollout_is_read_as_it_was_written() -> None:
    async def check() -> RecordedState:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        await fleet.one_pass(COMMITS[1], files("app:2"))
        return fleet.recorded

    state = asyncio.run(check())
    assert state_of(files_of(state)).rollouts == state.rollouts


NIGHT = "    windows: [{name: night, kind: allow, schedule: '0 22 * * *', duration: 8h, clusters: [b]}]\n"


def windowed(image: str, rollout: str = "", windows: str = NIGHT) -> Files:
    """Without a strategy where `rollout` is empty."""
    text = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n"
    return {**files(image, rollout=""), "reconciler.yaml": text + (f"  rollout:\n{rollout}" if rollout else "") + windows[2:]}


def test_a_change_waits_for_the_window_of_a_cluster_and_the_newest_commit_gets_through() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)  # It is noon.
        await fleet.one_pass(COMMITS[0], windowed("app:1"))
        done = await fleet.one_pass(COMMITS[1], windowed("app:2"))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:2"}
        assert fleet.rollout.message == "b waits: the window night is not open (until 2026-01-01 22:00 UTC at least)"
        assert done.timer_in is not None
        assert abs(done.timer_in - 10 * 3600) < 60
        await fleet.one_pass(COMMITS[2], windowed("app:3"))
        assert fleet.images() == {"a": "app:3", "b": "app:1", "c": "app:3"}
        fleet.later(hours=10)
        for _ in range(2):
            await fleet.one_pass(COMMITS[2], windowed("app:3"))
        assert set(fleet.images().values()) == {"app:3"}
        assert fleet.rollout.phase is RolloutPhase.COMPLETED

    run(check())


def test_drift_is_corrected_outside_of_the_window() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], windowed("app:1"))
        await fleet.one_pass(COMMITS[1], windowed("app:2"))
        del fleet.members["b"].objects[APP]
        await fleet.one_pass(COMMITS[1], windowed("app:2"))
        assert fleet.images()["b"] == "app:1"

    run(check())


def test_a_deny_window_stops_groups_and_lets_what_has_begun_go_on_only_where_it_says_so() -> None:
    async def check(overrun: str, expected: str) -> None:
        fleet = Rollouts(*NAMES)
        deny = f"    windows: [{{name: noon, kind: deny, schedule: '0 13 * * *', duration: 1h, overrun: {overrun}}}]\n"
        strategy = GROUPS + "    soak: 30m\n"
        await fleet.one_pass(COMMITS[0], windowed("app:1", strategy, deny))
        await fleet.one_pass(COMMITS[1], windowed("app:2", strategy, deny))
        fleet.later(minutes=70)
        for _ in range(2):
            await fleet.one_pass(COMMITS[1], windowed("app:2", strategy, deny))
        assert "".join(name for name, image in fleet.images().items() if image == "app:2") == expected
        fleet.later(minutes=60)
        for _ in range(2):
            await fleet.one_pass(COMMITS[1], windowed("app:2", strategy, deny))
        assert fleet.images()["b"] == "app:2"

    run(check("false", "a"))
    run(check("true", "ab"))


def test_a_person_may_do_more_where_the_window_says_so() -> None:
    async def check(manual: str, expected: str) -> None:
        fleet = Rollouts(*NAMES)
        deny = f"    windows: [{{name: noon, kind: deny, schedule: '0 12 * * *', duration: 1h, manual: {manual}}}]\n"
        await fleet.one_pass(COMMITS[0], windowed("app:1", "", deny))
        await fleet.one_pass(COMMITS[1], windowed("app:2", "", deny), by_hand=True)
        assert set(fleet.images().values()) == {expected}

    run(check("true", "app:2"))
    run(check("false", "app:1"))


def test_windows_of_other_kinds_concern_nothing() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        deny = "    windows: [{name: noon, kind: deny, schedule: '0 12 * * *', duration: 1h, kinds: [ConfigMap]}]\n"
        first = {**windowed("app:1", "", deny), "shop/extra.yaml": CONFIG}
        await fleet.one_pass(COMMITS[0], first)
        await fleet.one_pass(COMMITS[1], {**windowed("app:2", "", deny), "shop/extra.yaml": CONFIG.replace("fast", "slow")})
        assert set(fleet.images().values()) == {"app:2"}
        config = ResourceKey("", "ConfigMap", "shop", "config")
        assert [get(member.objects[config], "data", "mode") for member in fleet.members.values()] == ["fast"] * 3

    run(check())


BROKEN = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, namespace: shop\n"


@pytest.mark.parametrize("mode", ["queue", "supersede", "merge"])
def test_a_file_that_cannot_be_read_removes_nothing_whatever_the_rollout_does(mode: str) -> None:
    async def check() -> None:
        strategy = f"{GROUPS}    onNewCommit: {mode}\n"
        fleet, first, second = Rollouts(*NAMES), files("app:1", strategy), files("app:2", strategy)
        await fleet.one_pass(COMMITS[0], first)
        for _ in range(3):
            await fleet.one_pass(COMMITS[1], {**first, "shop/app.yaml": BROKEN})
        assert fleet.images() == {"a": "app:1", "b": "app:1", "c": "app:1"}
        await fleet.one_pass(COMMITS[2], second)
        for _ in range(3):
            await fleet.one_pass(COMMITS[3], {**second, "shop/app.yaml": BROKEN})
        assert list(fleet.images()) == ["a", "b", "c"]
        for _ in range(8):
            await fleet.one_pass(COMMITS[4], files("app:3", strategy))
            assert list(fleet.images()) == ["a", "b", "c"]
        assert set(fleet.images().values()) == {"app:3"}

    run(check())


def test_a_policy_that_cannot_be_read_moves_nothing() -> None:
    async def check() -> None:
        fleet, first = Rollouts(*NAMES), files("app:1")
        await fleet.one_pass(COMMITS[0], first)
        for _ in range(3):
            await fleet.one_pass(COMMITS[1], {**first, "shop/policy.yaml": first["shop/policy.yaml"] + "  broken: [\n"})
            assert fleet.images() == {"a": "app:1", "b": "app:1", "c": "app:1"}

    run(check())
