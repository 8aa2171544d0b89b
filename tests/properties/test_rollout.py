"""Rollouts, whatever happens meanwhile: commits, moves, members that fail, refused writes, processes that are killed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.rollout import RolloutPhase
from reconciler.passes.passes import Pass
from tests.support.in_memory_fleet import Files
from tests.unit.passes.test_rollout import APP, CONFIG, GROUPS, NAMES, Rollouts, files

_BOTH = "[{apiVersion: apps/v1, kind: Deployment}, {apiVersion: v1, kind: ConfigMap}]"

_MODES = st.sampled_from(["queue", "supersede", "merge"])
_EVENT = st.one_of(
    st.tuples(
        st.just("commit"), st.sampled_from(["app:1", "app:2", "app:3"]), st.sampled_from(["a, b, c", "a", "b", "c", "b, c"])
    ),
    st.tuples(st.just("refuses"), st.sampled_from(NAMES), st.booleans()),
    st.tuples(st.just("lost"), st.sampled_from(NAMES), st.booleans()),
    st.tuples(st.just("later"), st.sampled_from([1, 30, 700]), st.just(None)),
    st.tuples(st.just("killed"), st.just(None), st.just(None)),
    st.tuples(st.just("broken"), st.sampled_from(["shop/app.yaml", "shop/policy.yaml"]), st.integers(1, 2)),
)


@settings(max_examples=60)
@given(_MODES, st.lists(_EVENT, max_size=12))
def test_the_application_never_disappears_and_the_newest_commit_arrives_when_all_is_well(
    mode: str, events: list[tuple[str, object, object]]
) -> None:
    asyncio.run(_play(mode, events))


async def _play(mode: str, events: list[tuple[str, object, object]]) -> None:
    fleet, strategy = Rollouts(*NAMES), f"{GROUPS}    soak: 5s\n    onNewCommit: {mode}\n"
    image, places, number = "app:1", "a, b, c", 1
    commit, revision = _commit(number), files(image, strategy, clusters=places)
    await fleet.one_pass(commit, revision)
    for event, first, second in events:
        if event == "commit":
            image, places, number = str(first), str(second), number + 1
            commit, revision = _commit(number), files(image, strategy, clusters=places)
        elif event == "later":
            fleet.later(seconds=float(str(first)))
        elif event == "broken":
            number += 1
            broken = {**revision, str(first): revision[str(first)] + "\nbroken: [\n"}
            for _ in range(int(str(second))):
                there = fleet.images()
                await fleet.one_pass(_commit(number), broken)
                assert fleet.images().keys() >= there.keys(), "a file that cannot be read removed something"
            number, commit = number + 1, _commit(number + 1)
        elif event != "killed":
            refused = fleet.members[str(first)].refuses
            what = str(APP) if event == "refuses" else "look"
            refused.add(what) if second else refused.discard(what)
        if event == "killed":  # After its writes, and before it recorded anything.
            known = fleet.recorded
            await fleet.one_pass(commit, revision)
            fleet.recorded = known
        released = {name for one in fleet.recorded.rollouts.values() for name in one.progress}
        before = fleet.images()
        await fleet.one_pass(commit, revision)
        assert fleet.images(), "no member has the application"
        _check_pending(fleet, before, released)
    for member in fleet.members.values():
        member.refuses = set()
    for _ in range(24):
        fleet.later(seconds=6)
        await fleet.one_pass(commit, revision)
    rollout = next(iter(fleet.recorded.rollouts.values()), None)
    if rollout is None or rollout.phase is not RolloutPhase.FAILED:
        wanted = {name.strip(): image for name in places.split(",")}
        assert fleet.images() == wanted


def _check_pending(fleet: Rollouts, before: dict[str, str], released: set[str]) -> None:
    """A cluster that did not have its turn gets no newer content."""
    for rollout in fleet.recorded.rollouts.values():
        pending = rollout.pending(map(ClusterName, fleet.members))
        for name in pending:
            if name in before and name in fleet.images() and name not in released:
                held = fleet.revisions[rollout.commit_of(name)]["shop/app.yaml"]
                now = fleet.images()[name]
                assert now == before[name] or f'image: "{now}"' in held


def _commit(number: int) -> str:
    return f"{number:x}".rjust(2, "0") * 20


_OVERRIDE = """apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: some, namespace: shop}
spec:
  resourceSelectors: [{apiVersion: %(version)s, kind: %(kind)s}]
  overrideRules:
    - targetCluster: {clusterNames: [%(where)s]}
      overriders: {%(overriders)s}
"""
_OVERRIDERS = (
    'imageOverrider: [{component: Tag, operator: replace, value: "9"}]',
    "labelsOverrider: [{operator: add, value: {team: blue}}]",
    "annotationsOverrider: [{operator: add, value: {work.karmada.io/conflict-resolution: overwrite}}]",
    "plaintext: [{path: /metadata/annotations, operator: add, value: {note: here}}]",
)
_EDIT = st.fixed_dictionaries(
    {},
    optional={
        "conflictResolution": st.sampled_from(["Abort", "Overwrite"]),
        "preserveResourcesOnDeletion": st.booleans(),
        "propagateDeps": st.booleans(),
        "priority": st.integers(0, 2),
        "resourceSelectors": st.sampled_from(
            ["[{apiVersion: apps/v1, kind: Deployment}]", _BOTH, "[{apiVersion: v1, kind: Secret}]"]
        ),
        "placement": st.sampled_from(
            ["{clusterAffinity: {clusterNames: [" + names + "]}}" for names in ("a, b, c", "b, c", "a, b", "c")]
            + ["{clusterAffinity: {clusterNames: [a, b, c]}, replicaScheduling: {replicaSchedulingType: Divided}}"]
        ),
        "override": st.tuples(
            st.sampled_from(["apps/v1 Deployment", "v1 ConfigMap"]),
            st.sampled_from(["a, b, c", "b", "c"]),
            st.sampled_from(_OVERRIDERS),
        ),
    },
)


def _revision(edit: dict[str, object]) -> Files:
    """A Deployment that refers to a ConfigMap, and a policy for it and an override, as an edit leaves them."""
    made = files("app:1", f"{GROUPS}    soak: 1h\n", extra=CONFIG)
    reference = "volumes: [{name: config, configMap: {name: config}}], containers:"
    made["shop/app.yaml"] = str(made["shop/app.yaml"]).replace("containers:", reference)
    fields = {"resourceSelectors": _BOTH, "placement": "{clusterAffinity: {clusterNames: [a, b, c]}}"}
    fields |= {name: str(value) for name, value in edit.items() if name != "override"}
    spec = "".join(f"  {name}: {value if value not in ('True', 'False') else value.lower()}\n" for name, value in fields.items())
    head = "apiVersion: policy.karmada.io/v1alpha1\nkind: PropagationPolicy\nmetadata: {name: app, namespace: shop}\n"
    made["shop/policy.yaml"] = f"{head}spec:\n{spec}"
    if isinstance(edit.get("override"), tuple):
        what, where, overriders = edit["override"]  # type: ignore[misc]
        version, kind = str(what).split()
        made["shop/override.yaml"] = _OVERRIDE % {"version": version, "kind": kind, "where": where, "overriders": overriders}
    return made


def _view(done: Pass, name: str) -> dict[ResourceKey, tuple[str, str, bool]]:
    """What reaches a member: contents, what happens to objects that are not ours, and what happens when they go."""
    work = done.works[ClusterName(name)]
    return {one.key: (one.digest, one.conflict_resolution, one.key in work.preserved) for one in work.manifests}


@settings(max_examples=60)
@given(_EDIT, _EDIT)
def test_whatever_field_of_a_policy_or_override_is_edited_clusters_get_it_when_it_is_their_turn(
    before: dict[str, object], after: dict[str, object]
) -> None:
    asyncio.run(_edit(before, after))


async def _edit(before: dict[str, object], after: dict[str, object]) -> None:
    fleet, old, new = Rollouts(*NAMES), _revision(before), _revision(after)
    for _ in range(2):
        done = await fleet.one_pass(_commit(1), old)
    had = {name: _view(done, name) for name in NAMES}
    done = await fleet.one_pass(_commit(2), new)
    for rollout in fleet.recorded.rollouts.values():
        assert rollout.phase is not RolloutPhase.PROGRESSING or rollout.progress.keys() <= {ClusterName("a")}
    for name in ("b", "c"):
        stays = done.works[ClusterName(name)].held  # What no policy claims any more stays as it is.
        assert _view(done, name) == {key: one for key, one in had[name].items() if key not in stays}, f"{name} did not wait"
    for _ in range(12):
        fleet.later(minutes=61)
        done = await fleet.one_pass(_commit(2), new)
    assert all(one.phase is RolloutPhase.COMPLETED for one in fleet.recorded.rollouts.values())
    at_once = Rollouts(*NAMES)
    at_once.members, at_once.recorded = fleet.members, replace(fleet.recorded, rollouts={})
    settled = await at_once.one_pass(_commit(2), new)
    for name in NAMES:
        assert _view(done, name) == _view(settled, name), f"{name} does not have the newest revision"
