"""A Job's completions are shared out by its replicas."""

from __future__ import annotations

import pytest

from reconciler.interpreter.registry import divide_completions
from reconciler.interpreter.rules import MalformedObjectError
from tests.unit.interpreter.manifests import job


@pytest.mark.parametrize(
    ("completions", "shares", "parts"),
    [
        (10, {"m1": 1, "m2": 2, "m3": 2}, (2, 4, 4)),
        (7, {"m1": 1, "m2": 1, "m3": 1}, (3, 2, 2)),
        (2, {"m1": 1, "m2": 1, "m3": 1}, (1, 1, 0)),
        (10, {"m1": 0, "m2": 3, "m3": 0}, (0, 10, 0)),
        (0, {"m1": 1, "m2": 1, "m3": 1}, (0, 0, 0)),
    ],
)
def test_shares(completions: int, shares: dict[str, int], parts: tuple[int, ...]) -> None:
    template = job(completions=completions)
    divided = [divide_completions(template, shares, cluster)["spec"]["completions"] for cluster in shares]
    assert tuple(divided) == parts
    assert template == job(completions=completions)


def test_a_uid_turns_ties_around() -> None:
    parts = {
        uid: divide_completions(job(completions=1), {"a": 1, "b": 1}, "b", uid)["spec"]["completions"]
        for uid in ("", "1b4e28ba-2fa1-11d2-883f-0016d3cca427")
    }
    assert parts == {"": 0, "1b4e28ba-2fa1-11d2-883f-0016d3cca427": 1}


@pytest.mark.parametrize("template", [job(), job(parallelism=3)])
def test_a_work_queue_stays(template: dict[str, object]) -> None:
    assert divide_completions(template, {"m1": 1, "m2": 1}, "m1") is template


def test_nothing_to_weigh_with_leaves_the_template() -> None:
    template = job(completions=5)
    assert divide_completions(template, {"m1": 0, "m2": 0}, "m1") is template


@pytest.mark.parametrize(
    "spec", [{"completions": "10"}, {"completions": None}, {"completions": 2.0}, {"completions": 1, "suspend": "no"}]
)
def test_a_malformed_job_is_not_divided(spec: dict[str, object]) -> None:
    with pytest.raises(MalformedObjectError):
        divide_completions(job(**spec), {"m1": 1}, "m1")
    with pytest.raises(MalformedObjectError):
        divide_completions(job(**spec), {}, "m1")
