"""Phases and waves (family `order`, waves): the place of each object, and the order, as Argo CD has them."""

from typing import Any

from reconciler.model.hooks import Phase
from reconciler.model.ordering import Place
from reconciler.plan.sync_order import Task, in_order, rank_of, task_of
from tests.conformance.replay import cases


@cases("order", "waves")
def test_waves(case: dict[str, Any]) -> None:
    """Objects of one place, kind and name may swap: the reference does not sort stably."""
    given, expected = case["input"], case["expect"]["order"]
    stated = [task_of(one["target"], one["live"]) for one in given["tasks"]]
    phases = [Phase(one["phase"]).rank for one in given["tasks"]]
    tasks = [task.at(task.place._replace(phase=phase)) for task, phase in zip(stated, phases, strict=True)]
    found = in_order(tasks, prune_last=given["pruneLast"])
    theirs = [tasks[one["index"]].at(Place(Phase(one["phase"]).rank, one["wave"])) for one in expected]
    assert list(map(rank_of, found)) == list(map(rank_of, theirs)), case["why"]
    assert sorted(map(_told, found)) == sorted(map(_told, theirs)), case["why"]


def _told(task: Task) -> tuple[Any, ...]:
    return task.place, task.manifest["kind"], task.manifest["metadata"].get("namespace", ""), task.manifest["metadata"]["name"]
