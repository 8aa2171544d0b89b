"""Rollouts, whatever happens meanwhile: commits, moves, members that fail, refused writes, processes that are killed."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.keys import ClusterName
from reconciler.model.rollout import RolloutPhase
from tests.unit.passes.test_rollout import APP, GROUPS, NAMES, Rollouts, files

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
