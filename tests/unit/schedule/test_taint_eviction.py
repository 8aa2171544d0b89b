"""Until when NoExecute taints let an object stay (the worked rules of Karmada pkg/util/helper/taint.go)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.cluster import Taint
from reconciler.model.policy import Toleration
from reconciler.schedule.taint_eviction import TaintDeadline, taint_deadline

START = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


A, B = Taint("a", "", "NoExecute", START), Taint("b", "", "NoExecute", after(100))
UNDATED = Taint("a", "", "NoExecute")


def tolerates(key: str = "", seconds: int | None = None, operator: str = "Exists", value: str = "") -> Toleration:
    return Toleration(key, operator, value, toleration_seconds=seconds)


@pytest.mark.parametrize(
    ("taints", "tolerations", "expected"),
    [
        ((), (), None),
        ((Taint("a", "", "NoSchedule"),), (), None),
        ((A,), (), TaintDeadline(A)),
        ((A,), (tolerates("b"),), TaintDeadline(A)),
        ((A,), (tolerates("a"),), None),
        ((A,), (tolerates("a", operator="Equal", value="x"),), TaintDeadline(A)),
        ((A,), (tolerates("a", operator="Gt"),), TaintDeadline(A)),
        ((A,), (tolerates("a", 120),), TaintDeadline(A, after(120))),
        ((A,), (tolerates("a", -5),), TaintDeadline(A, START)),
        ((UNDATED,), (tolerates("a", 0),), None),
        ((A,), (tolerates("a", 2**62),), None),
        # The first toleration that matches is used, not the best.
        ((A,), (tolerates("a", 60), tolerates("a")), TaintDeadline(A, after(60))),
        ((A,), (tolerates("a"), tolerates("a", 60)), None),
        # One that is used counts for every taint that it matches.
        ((B, A), (tolerates("b", 10), tolerates("", 50)), TaintDeadline(A, after(50))),
        ((A, B), (tolerates("", 30),), TaintDeadline(A, after(30))),
        ((B, A), (tolerates("a"), tolerates("", 500)), TaintDeadline(A, after(500))),
        ((A, B), (tolerates("a", 10),), TaintDeadline(B)),
    ],
)
def test_deadline(taints: tuple[Taint, ...], tolerations: tuple[Toleration, ...], expected: TaintDeadline | None) -> None:
    assert taint_deadline(taints, tolerations) == expected


def test_a_deadline_is_due_from_its_second_on() -> None:
    assert TaintDeadline(A).is_due(START)
    assert not TaintDeadline(A, after(60)).is_due(after(59))
    assert TaintDeadline(A, after(60)).is_due(after(60))
