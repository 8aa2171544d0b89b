"""What a forge shows: success only where everything is as declared, failure with its reason, nothing that changes by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model.health import Health, HealthStatus
from reconciler.model.recorded import ObjectReport
from reconciler.notify.commit_status import LONGEST, CommitStatus, State, after_pass, begun, refused
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

COMMIT = "9049f1265b7d61be4a8904a9a27120d2064dab3b"


async def after(playground: Playground, files: dict[str, str]) -> CommitStatus:
    return after_pass(COMMIT, await playground.sync(files))


def with_health(done: Pass, health: Health) -> Pass:
    """The pass, with this health of the first object of the first member."""
    key, report = next((key, report) for key, report in done.recorded.reports.items() if report.statuses)
    first, *others = report.statuses
    changed = ObjectReport((replace(first, health=health), *others), report.aggregated)
    return replace(done, recorded=replace(done.recorded, reports={**done.recorded.reports, key: changed}))


async def test_a_fleet_as_declared_is_a_success_and_stays_the_same_text() -> None:
    playground = Playground("m1", "m2", "m3")
    status = await after(playground, SHOP)
    assert (status.commit, status.state) == (COMMIT, State.SUCCESS)
    assert "on 3 members as declared" in status.description
    assert await after(playground, SHOP) == status


async def test_an_object_that_is_not_ready_is_pending() -> None:
    done = await Playground("m1", "m2", "m3").sync(SHOP)
    status = after_pass(COMMIT, with_health(done, Health(HealthStatus.IN_PROGRESS, "1 of 3 replicas")))
    assert status == CommitStatus(COMMIT, State.PENDING, "Applied; not every object is ready yet.")


async def test_a_failed_object_is_told_with_its_member() -> None:
    done = await Playground("m1", "m2", "m3").sync(SHOP)
    status = after_pass(COMMIT, with_health(done, Health(HealthStatus.FAILED, "the deadline has passed")))
    assert status.state is State.FAILURE
    assert "the deadline has passed" in status.description
    assert " on m" in status.description


async def test_an_error_of_the_revision_is_told_with_its_file_before_everything_else() -> None:
    playground = Playground("m1", "m2", "m3")
    await playground.sync(SHOP)
    playground.members["m2"].refuses.add("look")
    status = await after(playground, {**SHOP, "broken.yaml": "kind: [\n", "other.yaml": "kind: [\n"})
    assert (status.state, status.description.startswith("broken.yaml:")) == (State.FAILURE, True)
    assert "more)" in status.description
    assert len(status.description) <= LONGEST


async def test_a_member_that_does_not_answer_is_told() -> None:
    playground = Playground("m1", "m2", "m3")
    playground.members["m2"].refuses.add("look")
    status = await after(playground, SHOP)
    assert (status.state, status.description.startswith("m2: ")) == (State.FAILURE, True)


def test_a_refused_revision_is_told_without_its_remedy() -> None:
    error = ReconcilerError("reconciler.yaml:3: " + "a long word " * 40, remedy="Correct it.")
    status = refused(COMMIT, error)
    assert (status.state, len(status.description), status.description[-1]) == (State.FAILURE, LONGEST, "…")
    assert status.description.startswith("Not applied: reconciler.yaml:3: a long")
    assert begun(COMMIT).state is State.PENDING


def test_the_text_of_an_unexpected_exception_is_not_shown() -> None:
    """It may hold values of Secrets."""
    description = refused(COMMIT, KeyError("the-password")).description
    assert ("the-password" in description, "internal error" in description) == (False, True)


@pytest.mark.parametrize("text", ["two\nlines", "a\ttab"])
def test_descriptions_are_one_line(text: str) -> None:
    assert refused(COMMIT, ReconcilerError(text)).description == f"Not applied: {' '.join(text.split())}"


async def test_what_is_only_observed_is_not_called_declared() -> None:
    playground = Playground("m1", "m2", "m3")
    done = await playground.sync(SHOP, options=Options(shadow=True))
    status = after_pass(COMMIT, done)
    assert (status.state, status.description.startswith("mode: Observe: nothing was written. ")) == (State.PENDING, True)
    await playground.sync(SHOP)
    same = after_pass(COMMIT, await playground.sync(SHOP, options=Options(shadow=True)))
    assert same == CommitStatus(COMMIT, State.SUCCESS, "mode: Observe: nothing was written. 0 differences.")
