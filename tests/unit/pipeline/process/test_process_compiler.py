"""A compiler in a process of its own gives the results of one in this process, and receives only what it does not know."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import generate
from reconciler.errors import TemporaryError
from reconciler.model.cluster import Taint
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient, ThreadCompiler
from reconciler.pipeline.process.process_compiler import ProcessCompiler, WorkerDiedError
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import NOW, Files, Playground, committed
from tests.support.shop import BROKEN, NAMESPACE, SHOP, config_file, on, policy_file, workload
from tests.unit.pipeline.process.test_script_process import ENDLESS as ENDLESS_SCRIPT
from tests.unit.pipeline.test_declared_rules import FILES as WIDGETS

MEMBERS = ("m1", "m2", "m3")

FOLLOWED = workload("shop", 2).replace("containers: [{", "containers: [{envFrom: [{configMapRef: {name: followed}}], ")

EVERYTHING: Files = {
    **SHOP,
    **{path: text for path, text in WIDGETS.items() if path != "clusters.yaml"},
    "shop/deployment.yaml": FOLLOWED,
    "shop/policy.yaml": policy_file("shop", "Deployment", on("m2"), more="propagateDeps: true"),
    "shop/followed.yaml": config_file("followed"),
    "nobody.yaml": config_file("nobody"),
    "twice/settings.yaml": "a: 1\na: 2\n",
}
"""With an override, Lua rules, a follower, an unclaimed template and a broken file."""

REVISIONS: Mapping[str, Files] = {
    "first": EVERYTHING,
    "the same again": EVERYTHING,
    "one edit": EVERYTHING | {"web/deployment.yaml": workload("web", 6)},
    "a move": EVERYTHING | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))},
    "an override broken": EVERYTHING | {"settings/tier.yaml": BROKEN},
    "rules broken": EVERYTHING | {"rules.yaml": BROKEN},
    "a policy gone": {path: text for path, text in EVERYTHING.items() if path != "settings/policy.yaml"},
    "a rename": {path.replace("web/", "www/"): text for path, text in EVERYTHING.items()},
    "a member gone": {path: text for path, text in EVERYTHING.items() if path != "clusters/m2.yaml"},
    "suspended": EVERYTHING
    | {"api/policy.yaml": policy_file("api", "Deployment", on("m3"), more="suspension: {dispatching: true}")},
    "all as it was": EVERYTHING,
    "nearly nothing": {"namespace.yaml": NAMESPACE},
}


@pytest.fixture
async def worker() -> AsyncIterator[ProcessCompiler]:
    async with ProcessCompiler() as found:
        yield found


async def compiled(compiler: CompilerClient, files: Files, recorded: RecordedState | None = None) -> Compiled:
    """One pass as the daemon makes it."""
    tree, blobs = committed(files)
    missing = await compiler.missing(tree)
    desired = await compiler.load(tree, {blob: blobs[blob] for blob in missing})
    result = await compiler.compile(desired, recorded or RecordedState(), NOW, settled=True)
    await compiler.next_pass()
    return result


def plain(value: Any) -> Any:
    """All of a value, with what `==` leaves out, and in its order."""
    if is_dataclass(value):
        return type(value).__name__, [(field.name, plain(getattr(value, field.name))) for field in fields(value)]
    if isinstance(value, Mapping):
        return [(plain(key), plain(item)) for key, item in value.items()]
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


async def test_it_gives_the_results_of_a_compiler_in_this_process(worker: ProcessCompiler) -> None:
    for name, files in REVISIONS.items():
        far, near = await compiled(worker, files), await compiled(ThreadCompiler(), files)
        assert plain(far) == plain(near), name


async def test_whole_syncs_come_out_the_same(worker: ProcessCompiler) -> None:
    far, near = Playground(*MEMBERS, compiler=worker), Playground(*MEMBERS)
    moved = set()
    for name, files in REVISIONS.items():
        await far.sync(files)
        await near.sync(files)
        assert plain(far.passes) == plain(near.passes), name
        assert (far.holds(), far.requests()) == (near.holds(), near.requests()), name
        moved |= {name for one in far.passes if one.wrote}
    assert {"first", "one edit", "a move"} <= moved


async def test_a_revision_is_decided_from_another_one(worker: ProcessCompiler) -> None:
    near = ThreadCompiler()
    for name, files in REVISIONS.items():
        far_state = assume_applied(await compiled(worker, EVERYTHING))
        near_state = assume_applied(await compiled(near, EVERYTHING))
        assert plain(await compiled(worker, files, far_state)) == plain(await compiled(near, files, near_state)), name


async def test_what_did_not_change_is_the_very_same(worker: ProcessCompiler) -> None:
    ground = Playground(*MEMBERS, compiler=worker)
    first = await ground.sync(EVERYTHING)
    second = await ground.sync(EVERYTHING | {"web/deployment.yaml": workload("web", 6)})
    edited = [key for key, item in second.compiled.templates.items() if item.template.key.name == "web"]
    assert len(edited) == 1
    for key, item in first.compiled.templates.items():
        again = second.compiled.templates[key]
        assert (again.template is item.template) == (key not in edited)
        assert (again.rendering is item.rendering) == (key not in edited)
        assert (second.recorded.decisions[key] is first.recorded.decisions[key]) == (key not in edited)
    third, fourth = [await ground.sync(EVERYTHING | {"web/deployment.yaml": workload("web", 6)}) for _ in range(2)]
    assert all(again is third.compiled.templates[key] for key, again in fourth.compiled.templates.items())
    assert fourth.recorded.decisions[edited[0]] is second.recorded.decisions[edited[0]]


async def test_what_is_known_of_members_keeps_its_identity(worker: ProcessCompiler) -> None:
    """Or every placement would be decided anew whenever a count in a member's record changes."""
    apis = frozenset({GroupVersionKind("apps", "v1", "Deployment"), GroupVersionKind("", "v1", "ConfigMap")})
    taints = (Taint("broken", "", "NoSchedule"),)

    def seen(applied: int) -> RecordedState:
        name = ClusterName("m1")
        return RecordedState(
            clusters={name: RecordedCluster(name, "clusters/m1.yaml", True, "", 3, applied, 0, "", taints, apis=apis)}
        )

    first, second = await compiled(worker, EVERYTHING, seen(1)), await compiled(worker, EVERYTHING, seen(2))
    assert second.desired.clusters is first.desired.clusters
    assert all(second.templates[key].rendering is item.rendering for key, item in first.templates.items())


async def test_only_what_changed_is_sent(worker: ProcessCompiler) -> None:
    files = generate.repository(60, 12)
    recorded = assume_applied(await compiled(worker, files))
    sent, received = worker.sent, worker.received
    await compiled(worker, files, recorded)
    grown = worker.sent, worker.received
    path, text = generate.edited(files, 0)
    await compiled(worker, {**files, path: text}, recorded)
    assert worker.sent - grown[0] < sent / 20
    assert worker.received - grown[1] < received / 20


async def test_an_edit_sends_its_own_template_only() -> None:
    """Counted: however large the repository is, an edit sends the same number of values in full."""
    assert await sent_for_an_edit(30) == await sent_for_an_edit(60)


async def sent_for_an_edit(templates: int) -> int:
    files = generate.repository(templates, 12)
    async with ProcessCompiler() as worker:
        await compiled(worker, files)
        process = worker._worker
        assert process is not None
        before = set(process.codec.memory)
        path, text = generate.edited(files, 0)
        tree, blobs = committed({**files, path: text})
        desired = await worker.load(tree, blobs)
        await worker.compile(desired, RecordedState(), NOW, settled=True)
        return len(process.codec.memory.keys() - before)


async def test_both_ends_forget_what_is_over(worker: ProcessCompiler) -> None:
    await compiled(worker, EVERYTHING)
    sizes = []
    for number in range(8):
        await compiled(worker, EVERYTHING | {"web/deployment.yaml": workload("web", 2 * number + 2)})
        assert worker._worker is not None
        sizes.append(len(worker._worker.codec.memory))
    assert len(set(sizes[3:])) == 1


async def test_only_unknown_blobs_are_asked_for(worker: ProcessCompiler) -> None:
    await compiled(worker, EVERYTHING)
    tree, blobs = committed(EVERYTHING | {"web/deployment.yaml": workload("web", 6), "README.md": "# not read"})
    assert {blobs[blob].decode() for blob in await worker.missing(tree)} == {workload("web", 6)}


@pytest.mark.parametrize("idle", [True, False])
async def test_death_is_noticed_and_the_next_call_finds_another_worker(worker: ProcessCompiler, idle: bool) -> None:
    first = await compiled(worker, EVERYTHING)
    assert worker.pid is not None
    if idle:
        os.kill(worker.pid, signal.SIGKILL)
        call = asyncio.create_task(compiled(worker, EVERYTHING))
    else:
        call = await stuck(worker)
        os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerDiedError, match="was ended by SIGKILL") as caught:
        await call
    assert caught.value.temporary
    assert caught.value.remedy
    assert worker.pid is None
    assert plain(await compiled(worker, EVERYTHING)) == plain(first)


async def stuck(worker: ProcessCompiler) -> asyncio.Task[Compiled]:
    """A call that waits for a worker that has stopped."""
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    sent = worker.sent
    call = asyncio.create_task(compiled(worker, EVERYTHING))
    while worker.sent == sent:  # noqa: ASYNC110 - nothing else tells that it is on its way
        await asyncio.sleep(0.01)
    return call


async def test_what_was_decided_before_a_death_is_understood_after_it(worker: ProcessCompiler) -> None:
    ground = Playground(*MEMBERS, compiler=worker)
    await ground.sync(EVERYTHING)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerDiedError):
        await ground.sync(EVERYTHING)
    last = await ground.sync(EVERYTHING)
    assert not last.wrote
    assert not last.moved


async def test_a_new_worker_does_not_pretend_to_have_been_asked(worker: ProcessCompiler) -> None:
    tree, blobs = committed(EVERYTHING)
    with pytest.raises(TemporaryError, match="a new compiler process was started") as caught:
        await worker.load(tree, dict(list(blobs.items())[:2]))
    assert caught.value.remedy == "Try again from the beginning."
    assert await worker.load(tree, blobs)


async def test_a_mistake_in_the_worker_is_raised_here_with_its_place(worker: ProcessCompiler) -> None:
    desired = (await compiled(worker, EVERYTHING)).desired
    pid = worker.pid
    with pytest.raises(AttributeError, match="clusters") as caught:
        await worker.compile(desired, None, NOW)  # type: ignore[arg-type]
    assert "In the compiler's process" in caught.value.__notes__[0]
    assert "pipeline.py" in caught.value.__notes__[0]
    assert worker.pid == pid
    await compiled(worker, EVERYTHING)


async def test_what_cannot_be_sent_is_an_error_of_the_caller(worker: ProcessCompiler) -> None:
    desired = (await compiled(worker, EVERYTHING)).desired
    with pytest.raises(AttributeError, match="lambda"):
        await worker.compile(desired, RecordedState(), lambda: None)  # type: ignore[arg-type]
    await compiled(worker, EVERYTHING)


async def test_cancelling_a_call_ends_the_worker(worker: ProcessCompiler) -> None:
    await compiled(worker, EVERYTHING)
    pid = worker.pid
    assert pid is not None
    call = await stuck(worker)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert worker.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await compiled(worker, EVERYTHING)


async def test_closing_ends_the_worker_and_the_call_that_waits_for_it() -> None:
    worker = ProcessCompiler()
    await compiled(worker, EVERYTHING)
    pid = worker.pid
    assert pid is not None
    call = await stuck(worker)
    await worker.close()
    with pytest.raises(WorkerDiedError):
        await call
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(WorkerDiedError, match="closed"):
        await worker.missing({})
    await worker.close()


async def test_one_that_was_never_asked_has_nothing_to_end() -> None:
    async with ProcessCompiler() as worker:
        assert worker.pid is None


async def test_a_python_that_is_not_there_is_a_temporary_error(worker: ProcessCompiler, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(WorkerDiedError, match="could not be started"):
            await worker.missing({})
    assert await worker.missing({}) == set()


async def test_callers_take_turns(worker: ProcessCompiler) -> None:
    tree, blobs = committed(EVERYTHING)
    found = await asyncio.gather(*[worker.load(tree, blobs) for _ in range(4)])
    assert all(desired.templates is found[0].templates for desired in found)


async def test_it_is_out_of_reach_of_the_terminal(worker: ProcessCompiler) -> None:
    await worker.missing({})
    assert worker.pid is not None
    assert os.getpgid(worker.pid) == worker.pid != os.getpgrp()
    pid = worker.pid
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    await compiled(worker, EVERYTHING)
    assert worker.pid == pid


PARENT = """
import asyncio, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # Whoever starts the tests in the background may have it ignored.
from reconciler.pipeline.process.process_compiler import ProcessCompiler
from reconciler.model.recorded import RecordedState
from tests.support.in_memory_fleet import NOW, committed
from tests.unit.pipeline.process.test_process_compiler import ENDLESS

async def main():
    async with ProcessCompiler() as worker:
        desired = await worker.load(*committed(ENDLESS))
        call = asyncio.create_task(worker.compile(desired, RecordedState(), NOW))
        sent = worker.sent
        while worker.sent == sent:
            await asyncio.sleep(0.01)
        print("compiling", flush=True)
        await call

asyncio.run(main())
"""

ENDLESS: Files = {
    **{path: text for path, text in WIDGETS.items() if path != "widget.yaml"},
    **{f"{number}.yaml": WIDGETS["widget.yaml"].replace("name: w,", f"name: w{number},") for number in range(400)},
    "rules.yaml": WIDGETS["rules.yaml"].replace("return obj.spec.size, nil", "while true do end"),
}
"""Takes minutes to compile: each script is stopped for itself."""


def test_no_worker_outlives_its_parent() -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "compiling\n"
        parent.kill()
        # The worker has its parent's stderr: it ends when nobody holds it any more.
        _, said = parent.communicate(timeout=60)
    assert said == ""


def test_an_interrupted_parent_ends_its_worker_in_order() -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "compiling\n"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGINT)
        _, said = parent.communicate(timeout=60)
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert "WorkerDiedError" not in said


async def test_the_moment_is_the_callers(worker: ProcessCompiler) -> None:
    """A clock on the other side would be another one."""
    tree, blobs = committed(EVERYTHING)
    desired = await worker.load(tree, blobs)
    result = await worker.compile(desired, RecordedState(), datetime(2020, 1, 1, tzinfo=UTC))
    assert result.interpreter.now is None
    assert result == await ThreadCompiler().compile(desired, RecordedState(), datetime(2020, 1, 1, tzinfo=UTC))


async def test_a_script_that_does_not_end_leaves_out_its_own_objects_only(worker: ProcessCompiler) -> None:
    endless = ENDLESS_SCRIPT.replace("function F()", "function GetReplicas(obj)")
    rules = WIDGETS["rules.yaml"].replace("function GetReplicas(obj) return obj.spec.size, nil end", endless)
    result = await compiled(worker, {**EVERYTHING, "rules.yaml": rules})
    (issue,) = (issue for issue in result.issues if "did not end" in issue.message)
    assert issue.origin.file == "widget.yaml"
    assert "widgets (rules.yaml:9): GetReplicas: stopped: it did not end within 5 seconds" in issue.message
    placed = {key.name for key, item in result.templates.items() if item.rendering.manifests}
    assert {"web", "api"} <= placed
    assert "w" not in placed
