"""What happens in rollouts, as events: in the log, in the metrics, and beside the commit at the forge."""

from __future__ import annotations

import io
import json

from reconciler.daemon.log import log_events, logger
from reconciler.daemon.metrics import Metrics
from reconciler.model.rollout import RolloutPhase
from reconciler.notify.commit_status import State, after_pass
from reconciler.passes.events import RolloutMoved, RolloutStep
from reconciler.passes.passes import Pass
from reconciler.passes.verdict import Verdict, verdict_of
from tests.unit.passes.test_rollout import APP, COMMITS, GROUPS, NAMES, Rollouts, files


def steps(done: Pass) -> list[str]:
    """`first: a` for a group that begins; else the word of the step, with what is told of it."""
    found = [event for event in done.events if isinstance(event, RolloutMoved)]
    return [
        f"{one.group}: {', '.join(one.clusters)}" if one.step is RolloutStep.GROUP_BEGUN else f"{one.step} {one.reason}".strip()
        for one in found
    ]


async def test_a_rollout_to_its_end_is_told_step_by_step() -> None:
    fleet, soaking = Rollouts(*NAMES), GROUPS + "    soak: 10m\n"
    assert steps(await fleet.one_pass(COMMITS[0], files("app:1", soaking))) == []
    seen, states, verdicts = [], [], []
    for _ in range(5):
        done = await fleet.one_pass(COMMITS[1], files("app:2", soaking))
        seen.append(steps(done))
        states.append(after_pass(COMMITS[1], done))
        verdicts.append(verdict_of(done))
        fleet.later(minutes=10)
    assert seen == [["begun", "first: a"], ["second: b"], ["rest: c"], ["completed"], []]
    assert [one.state for one in states] == [State.PENDING] * 3 + [State.SUCCESS] * 2
    assert verdicts == [Verdict.NO] * 3 + [Verdict.DONE] * 2  # Also while only the soak of the last group is left.
    first, *_, last = states[:3]
    assert first.description.startswith("Rollout of 2222222222: 1 of 3 groups begun; group second waits: group first soaks until")
    assert last.description.startswith("Rollout of 2222222222: 3 of 3 groups begun; group rest soaks until")


async def test_a_failure_stops_it_and_is_told_to_people() -> None:
    fleet, metrics = Rollouts(*NAMES), Metrics()
    await fleet.one_pass(COMMITS[0], files("app:1"))
    fleet.members["a"].refuses = {str(APP)}
    metrics.passed(await fleet.one_pass(COMMITS[1], files("app:2")), 0.1)
    fleet.later(minutes=11)
    done = await fleet.one_pass(COMMITS[1], files("app:2"))
    metrics.passed(done, 0.1)
    failed, stopped = steps(done)
    assert failed.startswith("cluster-failed not Current after 10m: ")
    assert stopped.startswith("stopped 1 cluster failed, and 0 may fail (maxFailures): a: not Current")
    status = after_pass(COMMITS[1], done)
    assert (status.state, status.description[:40]) == (State.FAILURE, "the rollout of 2222222222 stopped: 1 clu")
    stream = io.StringIO()
    log_events(logger(as_json=True, to=stream), done.events, COMMITS[1], 0.1)
    (line,) = [one for one in map(json.loads, stream.getvalue().splitlines()) if one["event"] == "rollout stopped"]
    assert (line["level"], line["rollout"], line["revision"]) == ("warning", "Configuration", COMMITS[1])
    text = metrics.text().decode()
    assert 'reconciler_rollouts{phase="Failed"} 1.0' in text
    for step in ("begun", "group-begun", "cluster-failed", "stopped"):
        assert f'reconciler_rollout_steps_total{{rollout="Configuration",step="{step}"}} 1.0' in text
    fleet.members["a"].refuses = set()
    back = await fleet.one_pass(COMMITS[2], files("app:1"))
    assert steps(back) == [f"taken-back taken back by {COMMITS[2][:10]}"]
    metrics.passed(back, 0.1)
    assert 'reconciler_rollouts{phase="Failed"}' not in metrics.text().decode()


async def test_a_newer_revision_takes_the_place() -> None:
    fleet, mode = Rollouts(*NAMES), GROUPS + "    onNewCommit: supersede\n"
    await fleet.one_pass(COMMITS[0], files("app:1", mode))
    await fleet.one_pass(COMMITS[1], files("app:2", mode))
    fleet.later(seconds=1)
    done = await fleet.one_pass(COMMITS[2], files("app:3", mode))
    assert steps(done) == ["replaced by 3333333333", "begun", "first: a"]


async def test_a_cluster_that_is_declared_again_keeps_what_it_has_and_joins_the_last_group() -> None:
    for name, image in (("a", "app:2"), ("c", "app:1")):
        fleet, soaking = Rollouts(*NAMES), files("app:2", GROUPS + "    soak: 10m\n")
        without = {path: text for path, text in soaking.items() if path != f"clusters/{name}.yaml"}
        await fleet.one_pass(COMMITS[0], files("app:1", GROUPS + "    soak: 10m\n"))
        await fleet.one_pass(COMMITS[1], soaking)
        told = steps(await fleet.one_pass(COMMITS[2], without))
        assert told == ["cluster-left the rollout does not concern it any more"]
        await fleet.one_pass(COMMITS[2], without)
        done = await fleet.one_pass(COMMITS[3], soaking)
        assert fleet.images()[name] == image, "it went back or got ahead"
        what = "has the change from before" if name == "a" else "waits for its turn"
        assert f"cluster-joined it is in the last group and {what}" in steps(done)
        assert [group.clusters for group in fleet.rollout.groups][-1] == tuple(sorted({name, "c"}))
        assert fleet.images()[name] == image
        for _ in range(5):
            fleet.later(minutes=11)
            await fleet.one_pass(COMMITS[3], soaking)
        assert set(fleet.images().values()) == {"app:2"}
        assert fleet.rollout.phase is RolloutPhase.COMPLETED
