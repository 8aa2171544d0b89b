"""What is asked of a recorded state about one member."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedState

NAMES = [ClusterName(f"m{number}") for number in range(12)]
KEYS = [ResourceKey("", "ConfigMap", "shop", f"c{number}") for number in range(4)]
CURRENT = Health(HealthStatus.CURRENT)


def report(names: set[ClusterName], *, grouped: bool) -> ObjectReport:
    if grouped:
        return ObjectReport.of_groups(((ClusterStatus(NAMES[0], True, CURRENT), sorted(names)),), None)
    return ObjectReport(tuple(ClusterStatus(name, True, CURRENT) for name in sorted(names)))


reports = st.builds(lambda names, grouped: report(names, grouped=grouped), st.sets(st.sampled_from(NAMES)), st.booleans())
states = st.dictionaries(st.sampled_from(KEYS), reports).map(lambda found: RecordedState(reports=found))


@given(states)
def test_the_status_in_a_member_and_the_objects_that_it_reported_on(state: RecordedState) -> None:
    for name in NAMES:
        for found in state.reports.values():
            assert found.status_in(name) == next((one for one in found.statuses if one.cluster == name), None)
        expected = [key for key, found in state.reports.items() if name in {one.cluster for one in found.statuses}]
        assert list(state.reported_on(name)) == expected


def test_what_is_kept_of_a_state_is_no_part_of_it() -> None:
    asked, other = (RecordedState(reports={KEYS[0]: report({NAMES[1]}, grouped=True)}) for _ in range(2))
    assert list(asked.reported_on(NAMES[1])) == [KEYS[0]]
    assert asked == other
    assert list(replace(asked, reports={}).reported_on(NAMES[1])) == []
