from datetime import UTC, datetime, timedelta

import pytest

from reconciler.endpoints.silent_providers import Silence, silent_providers
from reconciler.model.condition import READY, Condition
from reconciler.model.recorded import RecordedCluster
from tests.unit.endpoints.builders import M1

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEPT = timedelta(minutes=5)


def recorded(status: str, since: datetime | None, reason: str = "") -> dict[type(M1), RecordedCluster]:  # type: ignore[valid-type]
    return {M1: RecordedCluster(M1, "m1.yaml", conditions=(Condition(READY, status, since, reason, ""),))}


@pytest.mark.parametrize(
    ("status", "ago", "expected"),
    [
        ("True", 60, Silence()),
        ("False", 4, Silence(due=NOW + timedelta(minutes=1))),
        ("False", 5, Silence(frozenset({M1}))),
        ("Unknown", 6, Silence(frozenset({M1}))),
    ],
)
def test_endpoints_are_kept_for_the_stated_time(status: str, ago: int, expected: Silence) -> None:
    assert silent_providers(recorded(status, NOW - timedelta(minutes=ago)), KEPT, NOW) == expected


def test_a_member_that_nobody_has_observed_is_not_lost() -> None:
    assert silent_providers({M1: RecordedCluster(M1, "m1.yaml")}, KEPT, NOW) == Silence()
    assert silent_providers(recorded("False", None), KEPT, NOW) == Silence()


def test_a_member_that_answers_in_part_is_not_silent() -> None:
    over = recorded("False", NOW - KEPT, "ClusterNotReady")
    assert silent_providers(over, KEPT, NOW) == Silence(ailing=frozenset({M1}))
    assert silent_providers(recorded("False", NOW - KEPT, "ClusterNotReachable"), KEPT, NOW) == Silence(frozenset({M1}))
