"""How two answers become one health: the table of `combine`, every cell."""

from __future__ import annotations

import pytest

from reconciler.model.health import CURRENT, STALE, ArgoHealth, ArgoHealthCode, Health, HealthStatus, combine, worst

C, U, I, T, N, F = HealthStatus  # noqa: E741  (columns of the table)

TABLE = {
    #                      Current Unknown InProgress Terminating NotFound Failed
    ArgoHealthCode.HEALTHY:      (C,      C,      I,         T,          N,       F),
    ArgoHealthCode.SUSPENDED:    (C,      C,      I,         T,          N,       F),
    ArgoHealthCode.PROGRESSING:  (I,      I,      I,         T,          N,       F),
    ArgoHealthCode.MISSING:      (I,      I,      I,         T,          N,       F),
    ArgoHealthCode.DEGRADED:     (F,      F,      F,         T,          N,       F),
    ArgoHealthCode.UNKNOWN:      (U,      U,      I,         T,          N,       F),
    None:                 (C,      U,      I,         T,          N,       F),
}  # fmt: skip
"""ArgoHealthCode → the answer, a column for each of kstatus' words."""


@pytest.mark.parametrize(
    ("done", "code", "expected"),
    [(done, code, row[column]) for code, row in TABLE.items() for column, done in enumerate(HealthStatus)],
)
def test_combine(done: HealthStatus, code: ArgoHealthCode | None, expected: HealthStatus) -> None:
    well = None if code is None else ArgoHealth(code, "said")
    assert combine(Health(done, "told"), well).status is expected


@pytest.mark.parametrize("code", list(ArgoHealthCode))
def test_what_is_told_of_an_older_generation_is_no_verdict_yet(code: ArgoHealthCode) -> None:
    behind = Health(HealthStatus.IN_PROGRESS, "not seen yet", STALE)
    assert combine(behind, ArgoHealth(code, "said")) == behind


def test_whoever_decides_is_heard() -> None:
    assert combine(CURRENT, ArgoHealth(ArgoHealthCode.DEGRADED, "disk full")) == Health(
        HealthStatus.FAILED, "disk full", "Degraded"
    )
    assert combine(CURRENT, ArgoHealth(ArgoHealthCode.SUSPENDED, "paused")) == Health(HealthStatus.CURRENT, "paused", "Suspended")
    assert combine(CURRENT, ArgoHealth(ArgoHealthCode.PROGRESSING)).message == "Progressing"
    waiting = Health(HealthStatus.IN_PROGRESS, "1 of 3 ready", "LessReady")
    assert combine(waiting, ArgoHealth(ArgoHealthCode.PROGRESSING, "rolling out")) == waiting


@pytest.mark.parametrize(("status", "healthy"), [(C, True), (U, None), (I, False), (T, False), (N, False), (F, False)])
def test_karmadas_question(status: HealthStatus, healthy: bool | None) -> None:
    assert Health(status).healthy is healthy


def test_worst() -> None:
    assert worst([]) == CURRENT
    first, second = Health(F, "first"), Health(F, "second")
    assert worst([CURRENT, first, second, Health(T)]) == first
