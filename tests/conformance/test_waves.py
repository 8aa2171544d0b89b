"""Phases and waves (family `order`, waves): the place of each object, and the order, as Argo CD has them."""

from typing import Any

from reconciler.model.hooks import Phase
from reconciler.plan.sync_order import in_order, task_of
from tests.conformance.replay import cases


@cases("order", "waves")
def test_waves(case: dict[str, Any]) -> None:
    """Objects of one place, kind and name may swap: the reference does not sort stably."""
    given, expected = case["input"], case["expect"]["order"]
    stated = [task_of(one["target"], one["live"]) for one in given["tasks"]]
    tasks = [
        task.__class__(task.target, task.live, task.place._replace(phase=Phase(one["phase"]).rank))
        for task, one in zip(stated, given["tasks"], strict=True)
    ]
    found = [
        (tuple(Phase)[task.place.phase].value, task.place.wave, _name(task.manifest))
        for task in in_order(tasks, prune_last=given["pruneLast"])
    ]
    theirs = [(one["phase"], one["wave"], _name(tasks[one["index"]].manifest)) for one in expected]
    assert found == theirs, case["why"]


def _name(manifest: Any) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]
