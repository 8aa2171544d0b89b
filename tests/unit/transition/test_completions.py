"""A divided Job keeps the completions of its copies, whatever happens to its parallelism and its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import NO_REPORT, ObjectReport, RecordedDecision
from reconciler.transition.completions import with_completions
from tests.support.builders import binding, deployment, manifest, recorded, status, template

FLEET = frozenset(map(ClusterName, ("m1", "m2", "m3")))


def job(completions: int | None = 10, parallelism: int = 4, **fields: Any) -> dict[str, Any]:
    spec = {"parallelism": parallelism, **({} if completions is None else {"completions": completions}), **fields}
    return manifest("Job", api="batch/v1", spec={**spec, "template": {"spec": {"containers": [{"name": "m", "image": "a"}]}}})


def divided(document: dict[str, Any], **shares: int) -> Binding:
    return binding(document, **shares)


def before(**completions: int) -> tuple[RecordedDecision, ObjectReport]:
    """Copies that were divided so, and that all run."""
    shares = dict.fromkeys(completions, 2)
    made = replace(binding(job(), **shares), completions={ClusterName(name): count for name, count in completions.items()})
    found = recorded(made)
    return found.decision, found.report


def divide(
    document: dict[str, Any], decision: Binding, previous: RecordedDecision | None = None, report: ObjectReport = NO_REPORT
) -> dict[str, int] | str:
    """The completions, or why not."""
    result = with_completions(decision, template(document), previous, report, FLEET)
    return result.message if isinstance(result, Unschedulable) else dict(result.completions)


def test_the_first_division_is_by_replicas() -> None:
    assert divide(job(), divided(job(), m1=1, m2=4)) == {"m1": 2, "m2": 8}


@pytest.mark.parametrize("document", [job(None), deployment(), job("ten")])  # type: ignore[arg-type]
def test_other_objects_have_none(document: dict[str, Any]) -> None:
    assert divide(document, divided(document, m1=1, m2=3)) == {}


@pytest.mark.parametrize("shares", [{"m1": 2, "m2": 3}, {"m1": 9, "m2": 1}, {"m1": 0, "m2": 0}])
def test_a_new_parallelism_leaves_them(shares: dict[str, int]) -> None:
    assert divide(job(), divided(job(), **shares), *before(m1=5, m2=5)) == {"m1": 5, "m2": 5}


def test_a_further_member_gets_none_of_them() -> None:
    assert divide(job(), divided(job(), m1=1, m2=1, m3=2), *before(m1=5, m2=5)) == {"m1": 5, "m2": 5, "m3": 0}


def test_a_member_whose_copy_is_gone_gives_its_part_to_a_new_one() -> None:
    decision, report = before(m1=5, m2=5)
    gone = replace(report, statuses=(status("m1", HealthStatus.NOT_FOUND, applied=False), status("m2")))
    assert divide(job(), divided(job(), m2=2, m3=2), decision, gone) == {"m2": 5, "m3": 5}


@pytest.mark.parametrize(
    ("document", "shares", "why"),
    [
        (job(), {"m2": 4}, "no other copy could take over those of m1"),
        (job(), {"m1": 0, "m2": 4}, "no other copy could take over those of m1"),
        (job(20), {"m1": 2, "m2": 2}, "the template has 20"),
        (job(4), {"m1": 2, "m2": 2}, "the template has 4"),
    ],
)
def test_what_members_would_refuse_is_refused_before(document: dict[str, Any], shares: dict[str, int], why: str) -> None:
    told = divide(document, divided(document, **shares), *before(m1=5, m2=5))
    assert isinstance(told, str)
    assert why in told
    assert "(m1: 5, m2: 5)" in told


def test_a_finished_job_may_leave_a_member() -> None:
    decision, report = before(m1=5, m2=5)
    complete = replace(report, aggregated={"conditions": [{"type": "Complete", "status": "True"}]})
    assert divide(job(), divided(job(), m2=4), decision, complete) == {"m2": 5}


def test_an_elastic_indexed_job_changes_both_numbers() -> None:
    elastic = job(6, 6, completionMode="Indexed")
    assert divide(elastic, divided(elastic, m1=3, m2=3), *before(m1=2, m2=2)) == {}


def test_a_copy_on_a_member_that_is_not_declared_counts() -> None:
    found = recorded(replace(binding(job(), m2=2), completions={ClusterName("m2"): 5, ClusterName("m9"): 5}))
    assert divide(job(), divided(job(), m2=4), found.decision, found.report) == {"m2": 5, "m9": 5}


def test_a_record_of_an_earlier_version_is_divided_as_it_was() -> None:
    found = recorded(binding(job(), m1=2, m2=2))
    assert divide(job(), divided(job(), m1=1, m2=3), found.decision, found.report) == {"m1": 5, "m2": 5}


def test_copies_that_have_all_of_them_cannot_be_divided_nor_the_reverse() -> None:
    whole = recorded(replace(binding(job(), m1=4, m2=4), divided=False))
    assert "the template has 10" in divide(job(), divided(job(), m1=2, m2=2), whole.decision, whole.report)
    everywhere = replace(binding(job(), m1=4, m2=4), divided=False)
    assert "each copy is to have all of them" in divide(job(), everywhere, *before(m1=5, m2=5))
    assert divide(job(), everywhere, whole.decision, whole.report) == {}


SHARES = st.dictionaries(st.sampled_from(sorted(FLEET)), st.integers(0, 9), min_size=1)


@given(st.integers(0, 40), SHARES, st.lists(SHARES, max_size=4))
def test_copies_keep_theirs_and_the_sum_is_the_template(total: int, first: dict[ClusterName, int], later: list[Any]) -> None:
    """Through any sequence of placements."""
    document = job(total)
    previous: RecordedDecision | None = None
    for shares in (first, *later):
        targets = tuple(TargetCluster(name, count) for name, count in sorted(shares.items()))
        decision = Binding(binding(document).key, None, targets, sum(shares.values()), divided=True, workload=True)
        report = ObjectReport(tuple(status(name) for name in previous.binding.completions)) if previous else NO_REPORT
        result = with_completions(decision, template(document), previous, report, FLEET)
        if isinstance(result, Unschedulable):
            continue
        if previous is not None and previous.binding.completions:
            kept = {name: result.completions.get(name) for name in previous.binding.completions if name in shares}
            assert kept == {name: previous.binding.completions[name] for name in kept}
        if result.completions:
            assert sum(result.completions.values()) == total
            previous = RecordedDecision(result, "job.yaml")
