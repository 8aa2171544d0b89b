"""Rollouts over whole passes: what clusters keep until their turn, whatever a newer revision changes meanwhile."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get
from reconciler.model.memo import Memo
from reconciler.model.rollout import RolloutPhase
from reconciler.pipeline.pipeline import compile_decided
from reconciler.pipeline.works import make_works
from reconciler.record.rollouts import next_rollouts
from tests.support.in_memory_fleet import Files
from tests.unit.passes.test_rollout import APP, COMMITS, CONFIG, GROUPS, NAMES, Rollouts, files, run, windowed

SLOW = CONFIG.replace("fast", "slow")
SOAKING = GROUPS + "    soak: 1h\n"


def config_maps(fleet: Rollouts, name: str = "config") -> dict[str, str]:
    """By member, the mode that the ConfigMap states there."""
    key = ResourceKey("", "ConfigMap", "shop", name)
    return {member: get(held.objects[key], "data", "mode") for member, held in fleet.members.items() if key in held.objects}


def test_a_queued_commit_that_changes_other_objects_waits_too() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1", extra=CONFIG))
        await fleet.one_pass(COMMITS[1], files("app:2", extra=CONFIG))
        seen = []
        for _ in range(6):
            await fleet.one_pass(COMMITS[2], files("app:2", extra=SLOW))
            seen.append("".join(name for name, mode in config_maps(fleet).items() if mode == "slow"))
        assert seen == ["", "", "a", "ab", "abc", "abc"]
        assert fleet.rollout.phase is RolloutPhase.COMPLETED

    run(check())


def test_objects_that_a_queued_commit_adds_or_removes_wait_too() -> None:
    async def check(before: str, after: str, expected: list[str]) -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1", extra=before))
        await fleet.one_pass(COMMITS[1], files("app:2", extra=before))
        seen = []
        for _ in range(5):
            await fleet.one_pass(COMMITS[2], files("app:2", extra=after))
            seen.append("".join(config_maps(fleet)))
        assert seen == expected

    run(check("", CONFIG, ["", "", "a", "ab", "abc"]))
    run(check(CONFIG, "", ["abc", "abc", "bc", "c", ""]))


def test_between_two_rollouts_agents_have_the_revision_that_arrived_everywhere() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        await fleet.one_pass(COMMITS[1], files("app:2"))
        done = await fleet.one_pass(COMMITS[2], files("app:3"))
        while fleet.rollout.phase is not RolloutPhase.COMPLETED:
            done = await fleet.one_pass(COMMITS[2], files("app:3"))
        assert fleet.rollout.queued == COMMITS[2]
        of_agent = compile_decided(done.compiled.desired, fleet.recorded, fleet.now, Memo())
        rendered = of_agent.templates[APP].rendering.manifests.values()
        images = [get(one.manifest, "spec", "template", "spec", "containers", 0, "image") for one in rendered]
        assert images == ["app:2"] * 3

    run(check())


def test_a_window_that_a_newer_commit_adds_or_removes_holds_during_the_rollout() -> None:
    async def check() -> None:
        fleet, deny = Rollouts(*NAMES), "    windows: [{name: freeze, kind: deny, schedule: '0 0 * * *', duration: 24h}]\n"
        await fleet.one_pass(COMMITS[0], windowed("app:1", GROUPS, ""))
        await fleet.one_pass(COMMITS[1], windowed("app:2", GROUPS, ""))
        for _ in range(3):
            await fleet.one_pass(COMMITS[2], windowed("app:2", GROUPS, deny))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        await fleet.one_pass(COMMITS[3], windowed("app:2", GROUPS, ""))
        assert fleet.images() == {"a": "app:2", "b": "app:2", "c": "app:1"}
        await fleet.one_pass(COMMITS[3], windowed("app:2", GROUPS, ""))
        assert set(fleet.images().values()) == {"app:2"}

    run(check())


def test_a_window_for_some_objects_of_a_rollout_holds_for_all_of_them() -> None:
    async def check() -> None:
        fleet, kind = Rollouts(*NAMES), "kinds: [Deployment]"
        deny = f"    windows: [{{name: freeze, kind: deny, schedule: '0 0 * * *', duration: 24h, {kind}}}]\n"
        await fleet.one_pass(COMMITS[0], {**windowed("app:1", GROUPS, ""), "shop/extra.yaml": CONFIG})
        await fleet.one_pass(COMMITS[1], {**windowed("app:2", GROUPS, ""), "shop/extra.yaml": SLOW})
        for _ in range(3):
            await fleet.one_pass(COMMITS[2], {**windowed("app:3", GROUPS, deny), "shop/extra.yaml": SLOW})
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        assert config_maps(fleet) == {"a": "slow", "b": "fast", "c": "fast"}

    run(check())


def named(image: str, policy: str = "app", strategy: str = "careful") -> Files:
    """A policy that names a strategy."""
    text = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  rollouts:\n"
    strategies = "".join(f"    {name}:\n  {SOAKING.replace(chr(10) + ' ', chr(10) + '   ')}" for name in ("careful", "slow"))
    made = {**files(image, rollout=""), "reconciler.yaml": text + strategies}
    metadata = f"{{name: {policy}, namespace: shop, annotations: {{reconciler.dev/rollout: {strategy}}}}}"
    made["shop/policy.yaml"] = made["shop/policy.yaml"].replace("{name: app, namespace: shop}", metadata)
    return made


def test_a_policy_that_gets_another_name_or_strategy_does_not_end_its_rollout() -> None:
    async def check(policy: str, strategy: str) -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], named("app:1"))
        await fleet.one_pass(COMMITS[1], named("app:2"))
        for _ in range(3):
            await fleet.one_pass(COMMITS[2], named("app:2", policy, strategy))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        assert list(fleet.recorded.rollouts) == [f"PropagationPolicy shop/{policy}"]
        for _ in range(4):
            fleet.later(hours=1)
            await fleet.one_pass(COMMITS[2], named("app:2", policy, strategy))
        assert set(fleet.images().values()) == {"app:2"}
        assert fleet.rollout.phase is RolloutPhase.COMPLETED

    run(check("web", "careful"))
    run(check("app", "slow"))


def test_without_the_revision_before_a_change_still_reaches_one_group_after_the_other() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], files("app:1"))
        del fleet.revisions[COMMITS[0]]
        seen = []
        for _ in range(3):
            await fleet.one_pass(COMMITS[1], files("app:2"))
            seen.append("".join(name for name, image in fleet.images().items() if image == "app:2"))
        assert seen == ["a", "ab", "abc"]

    run(check())


def test_a_cluster_file_that_cannot_be_read_takes_nothing_back() -> None:
    async def check() -> None:
        fleet, good = Rollouts(*NAMES), files("app:2", SOAKING)
        await fleet.one_pass(COMMITS[0], files("app:1", SOAKING))
        await fleet.one_pass(COMMITS[1], good)
        await fleet.one_pass(COMMITS[2], {**good, "clusters/a.yaml": good["clusters/a.yaml"] + "\nbroken: [\n"})
        await fleet.one_pass(COMMITS[3], good)
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        assert [group.clusters for group in fleet.rollout.groups] == [("a",), ("b",), ("c",)]

    run(check())


def depending(image: str, name: str, *declared: str) -> Files:
    """The Deployment uses a ConfigMap of this name, which follows it."""
    made = dict(files(image))
    volumes = f"spec: {{volumes: [{{name: config, configMap: {{name: {name}}}}}], containers:"
    made["shop/app.yaml"] = made["shop/app.yaml"].replace("spec: {containers:", volumes)
    policy = made["shop/policy.yaml"].replace(", {apiVersion: v1, kind: ConfigMap}", "")
    made["shop/policy.yaml"] = policy.replace("  placement", "  propagateDeps: true\n  placement")
    return made | {f"shop/{one}.yaml": CONFIG.replace("name: config", f"name: {one}") for one in declared}


def test_a_cluster_keeps_what_the_content_refers_to_that_it_keeps() -> None:
    async def check(before: tuple[str, ...], after: tuple[str, ...]) -> None:
        fleet, seen = Rollouts(*NAMES), []
        await fleet.one_pass(COMMITS[0], depending("app:1", "v1", *before))
        assert list(config_maps(fleet, "v1")) == ["a", "b", "c"]
        for _ in range(3):
            await fleet.one_pass(COMMITS[1], depending("app:2", "v2", *after))
            seen.append(("".join(config_maps(fleet, "v1")), "".join(config_maps(fleet, "v2"))))
        assert seen == [("bc", "a"), ("c", "ab"), ("", "abc")]

    run(check(("v1", "v2"), ("v1", "v2")))
    run(check(("v1",), ("v2",)))


def test_a_removal_waits_for_its_turn_where_the_revision_before_cannot_be_read() -> None:
    async def check(lost_after: int) -> None:
        fleet, seen = Rollouts(*NAMES), []
        await fleet.one_pass(COMMITS[0], files("app:1", extra=CONFIG))
        for number in range(4):
            if number == lost_after:
                del fleet.revisions[COMMITS[0]]
            await fleet.one_pass(COMMITS[1], files("app:1"))
            seen.append("".join(config_maps(fleet)))
        assert seen == ["bc", "c", "", ""]
        assert fleet.rollout.phase is RolloutPhase.COMPLETED

    run(check(0))
    run(check(1))


def among_others(revision: Files) -> dict[str, str]:
    """With other objects, so that the prune guard lets one go."""
    made = dict(revision)
    made["shop/policy.yaml"] = made["shop/policy.yaml"].replace(", {apiVersion: v1, kind: ConfigMap}", "")
    policy = files("app:1")["shop/policy.yaml"].replace("{apiVersion: apps/v1, kind: Deployment}, ", "")
    others = {f"shop/{name}.yaml": CONFIG.replace("name: config", f"name: {name}") for name in ("one", "two", "three")}
    return {**made, **others, "shop/others.yaml": policy.replace("name: app", "name: others")}


def without_app(revision: Files) -> dict[str, str]:
    """With the Deployment and its policy gone."""
    return {path: text for path, text in revision.items() if path not in ("shop/app.yaml", "shop/policy.yaml")}


@pytest.mark.parametrize("states", ["policy", "Configuration"])
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_policy_that_goes_with_its_objects_leaves_one_group_after_the_other(states: str, forgotten: bool) -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        whole = among_others(named("app:1") if states == "policy" else files("app:1", SOAKING))
        await fleet.one_pass(COMMITS[0], whole)
        seen, phases = [], set()
        for _ in range(5):
            await fleet.one_pass(COMMITS[1], without_app(whole))
            seen.append("".join(fleet.images()))
            if forgotten:
                fleet.revisions.pop(COMMITS[0], None)
            fleet.later(hours=1)
            phases |= {one.phase for one in fleet.recorded.rollouts.values()}
        assert seen[:4] == ["bc", "c", "", ""]
        assert phases == {RolloutPhase.PROGRESSING, RolloutPhase.COMPLETED}
        assert not any(one.phase.is_active for one in fleet.recorded.rollouts.values())
        assert APP not in fleet.recorded.decisions

    run(check())


def test_a_policy_that_goes_with_its_objects_preserves_them_as_it_said() -> None:
    async def check() -> None:
        fleet, whole = Rollouts(*NAMES), among_others(named("app:1"))
        whole["shop/policy.yaml"] += "  preserveResourcesOnDeletion: true\n"
        await fleet.one_pass(COMMITS[0], whole)
        for _ in range(5):
            await fleet.one_pass(COMMITS[1], without_app(whole))
            fleet.later(hours=1)
        assert fleet.images() == {"a": "app:1", "b": "app:1", "c": "app:1"}
        assert APP not in fleet.recorded.decisions

    run(check())


def test_the_rollout_of_a_policy_that_is_gone_is_paused_and_promoted_by_the_configuration() -> None:
    async def check() -> None:
        fleet, whole = Rollouts(*NAMES), among_others(named("app:1"))
        await fleet.one_pass(COMMITS[0], whole)
        gone = without_app(whole)
        control = f"{gone['reconciler.yaml']}  rolloutControl: "
        for _ in range(2):
            await fleet.one_pass(COMMITS[1], {**gone, "reconciler.yaml": control + "{paused: wait}\n"})
            fleet.later(hours=1)
        assert "".join(fleet.images()) == "abc"
        await fleet.one_pass(COMMITS[1], {**gone, "reconciler.yaml": f"{control}{{promoted: [{COMMITS[1][:10]}/*]}}\n"})
        assert "".join(fleet.images()) == ""

    run(check())


def test_a_percentage_counts_the_clusters_that_the_change_concerns_from_the_first_pass_on() -> None:
    async def check(placed: str, after: str, first: str) -> None:
        names = tuple("abcdefgh")
        fleet, strategy = Rollouts(*names), "    maxConcurrency: 50%\n"
        await fleet.one_pass(COMMITS[0], files("app:1", strategy, names, placed))
        seen = []
        for _ in range(8):
            await fleet.one_pass(COMMITS[1], files("app:2", strategy, names, after))
            seen.append("".join(name for name, image in fleet.images().items() if image == "app:2"))
        assert seen[0] == first
        assert all(len(new) <= len(old) + len(after.split(",")) // 2 for old, new in pairwise(["", *seen]))
        assert seen[-1] == after.replace(", ", "")

    run(check("a, b, c, d", "a, b, c, d", "ab"))
    run(check("e, f, g, h", "e, f, g, h", "ef"))
    run(check("a, b", "a, b, c, d", "a"))


@pytest.mark.parametrize("what", ["content", "placement", "template", "policy"])
def test_a_commit_that_is_rolled_out_and_cannot_be_read_any_more_leaves_every_copy_as_it_is(what: str) -> None:
    async def check() -> None:
        fleet, first, second = Rollouts(*NAMES), among_others(files("app:1", SOAKING)), among_others(files("app:2", SOAKING))
        third = among_others(files("app:3", SOAKING, clusters="b, c" if what == "placement" else ""))
        gone = {"template": {"shop/app.yaml"}, "policy": {"shop/app.yaml", "shop/policy.yaml"}}.get(what, set())
        third = {path: text for path, text in third.items() if path not in gone}
        await fleet.one_pass(COMMITS[0], first)
        await fleet.one_pass(COMMITS[1], second)
        lost = fleet.revisions.pop(COMMITS[1])
        for _ in range(3):
            fleet.later(hours=1)
            done = await fleet.one_pass(COMMITS[2], third)
            assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
            assert fleet.rollout.phase is RolloutPhase.PROGRESSING
            assert fleet.rollout.message.startswith("the commit 2222222222 cannot be read any more, so that every cluster keeps")
        of_agent = compile_decided(done.compiled.desired, fleet.recorded, fleet.now, Memo())
        assert all(APP in work.held for name, work in make_works(of_agent).items() if name == "a")
        fleet.revisions[COMMITS[1]] = lost
        for _ in range(9):
            fleet.later(hours=1)
            await fleet.one_pass(COMMITS[2], third)
        left = {"content": "abc", "placement": "bc"}.get(what, "")
        assert fleet.images() == dict.fromkeys(left, "app:3")

    run(check())


def test_a_commit_that_cannot_be_read_any_more_is_superseded_from_the_first_group_on() -> None:
    async def check() -> None:
        fleet, mode = Rollouts(*NAMES), SOAKING + "    onNewCommit: supersede\n"
        await fleet.one_pass(COMMITS[0], files("app:1", mode))
        for _ in range(2):
            await fleet.one_pass(COMMITS[1], files("app:2", mode))
            fleet.later(minutes=61)
        assert fleet.images() == {"a": "app:2", "b": "app:2", "c": "app:1"}
        del fleet.revisions[COMMITS[1]]
        await fleet.one_pass(COMMITS[2], files("app:3", mode))
        assert fleet.images() == {"a": "app:3", "b": "app:2", "c": "app:1"}
        for _ in range(4):
            fleet.later(hours=1)
            await fleet.one_pass(COMMITS[2], files("app:3", mode))
        assert set(fleet.images().values()) == {"app:3"}

    run(check())


def test_an_agent_removes_nothing_whose_template_cannot_be_read_before_its_turn() -> None:
    async def check() -> None:
        fleet, whole = Rollouts(*NAMES), among_others(files("app:1", SOAKING))
        await fleet.one_pass(COMMITS[0], whole)
        await fleet.one_pass(COMMITS[1], without_app(whole))
        del fleet.revisions[COMMITS[0]]
        done = await fleet.one_pass(COMMITS[1], without_app(whole))
        assert "".join(fleet.images()) == "bc"
        of_agent = compile_decided(done.compiled.desired, fleet.recorded, fleet.now, Memo())
        assert {name for name, work in make_works(of_agent).items() if APP in work.held} == {"b", "c"}
        assert next_rollouts(of_agent, {}, {}, fleet.now) is fleet.recorded.rollouts

    run(check())
