"""Where the workloads run, as a grid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.health import KEPT, UNOBSERVED, Health, HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import Suspension
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.pictures.grid import Grid, Tile
from reconciler.pictures.svg import Tone
from reconciler.record.placement_map import COLUMNS, ROWS, placement_map, tone_of
from tests.support.builders import Recorded, binding, config, deployment, manifest, recorded, recorded_state, status


def member(name: str, *, ready: bool = True) -> RecordedCluster:
    return RecordedCluster(ClusterName(name), f"{name}.yaml", ready=ready)


def state(*objects: Recorded, members: tuple[str, ...] = ("m1", "m2")) -> RecordedState:
    return recorded_state(*objects, clusters=map(member, members))


def rows(grid: Grid | None) -> dict[str, list[Tile | None]]:
    assert grid is not None
    return {row.label: list(row.tiles) for row in grid.rows}


def test_replicas_of_each_workload_on_each_member() -> None:
    web = recorded(binding(m1=3, m2=2), status("m1"), status("m2", HealthStatus.IN_PROGRESS))
    database = recorded(binding(manifest("StatefulSet", "db", api="apps/v1"), m2=1))
    grid = placement_map(state(web, database))
    assert rows(grid) == {
        "shop/db (StatefulSet)": [None, Tile("1", Tone.WELL)],
        "shop/web": [Tile("3", Tone.WELL), Tile("2", Tone.MOVING)],
    }
    assert grid is not None
    assert (grid.said, grid.note) == ("2 workloads on 2 members, with the replicas on each", "")


def test_what_has_no_replicas_is_counted_in_the_last_row() -> None:
    settings = [recorded(binding(config(name), m1=0)) for name in "abc"]
    assert rows(placement_map(state(recorded(binding(m1=1)), *settings))) == {
        "shop/web": [Tile("1", Tone.WELL), None],
        "3 objects without replicas": [Tile("3", Tone.WELL), None],
    }


def test_a_number_that_an_override_writes_counts_and_members_that_are_gone_do_not() -> None:
    web = recorded(binding(m1=3, gone=2), overridden={ClusterName("m1"): 9})
    assert rows(placement_map(state(web))) == {"shop/web": [Tile("9", Tone.WELL), None]}


def test_members_that_are_not_ready_are_marked() -> None:
    one = replace(
        state(recorded(binding(m1=1))), clusters={ClusterName(name): member(name, ready=name != "m2") for name in ("m1", "m2")}
    )
    grid = placement_map(one)
    assert grid is not None
    assert [(column.label, column.warned) for column in grid.columns] == [("m1", False), ("m2", True)]


@pytest.mark.parametrize(
    ("reported", "suspended", "expected"),
    [
        (status("m1"), False, Tone.WELL),
        (status("m1", UNOBSERVED), False, Tone.UNKNOWN),
        (status("m1", HealthStatus.UNKNOWN), False, Tone.UNKNOWN),
        (status("m1", HealthStatus.IN_PROGRESS), False, Tone.MOVING),
        (status("m1", HealthStatus.FAILED), False, Tone.FAILING),
        (status("m1", applied=False), False, Tone.MOVING),
        (status("m1", applied=False), True, Tone.WELL),
        (status("m1", HealthStatus.NOT_FOUND, applied=False), False, Tone.FAILING),
        (status("m1", Health(HealthStatus.UNKNOWN, reason=KEPT)), False, Tone.UNKNOWN),
    ],
)
def test_the_tone_of_a_copy(reported: ClusterStatus, suspended: bool, expected: Tone) -> None:
    assert tone_of(reported, suspended=suspended) is expected


def test_a_copy_that_nobody_reported_is_not_known() -> None:
    web = recorded(binding(m1=1, m2=1), status("m1"))
    assert rows(placement_map(state(web))) == {"shop/web": [Tile("1", Tone.WELL), Tile("1", Tone.UNKNOWN)]}


def test_a_suspended_copy_is_as_somebody_wants_it() -> None:
    web = recorded(binding(m1=1), status("m1", applied=False), suspension=Suspension(everywhere=True))
    assert rows(placement_map(state(web))) == {"shop/web": [Tile("1", Tone.WELL), None]}


def test_nothing_is_shown_where_nothing_is_placed() -> None:
    assert placement_map(RecordedState()) is None
    assert placement_map(state()) is None


def large(count: int, members: int) -> RecordedState:
    names = [f"m{at:04}" for at in range(members)]
    shares = dict.fromkeys(names, 2)
    objects = [recorded(binding(deployment(f"web{at:04}", namespace=f"team{at % 5}"), **shares)) for at in range(count)]
    return state(*objects, members=tuple(names))


def test_a_large_fleet_is_folded_and_nothing_is_lost() -> None:
    grid = placement_map(large(100, 50))
    assert grid is not None
    assert (len(grid.columns), len(grid.rows)) == (10, 20)
    assert (len(grid.columns) <= COLUMNS, len(grid.rows) <= ROWS) == (True, True)
    assert sum(int(tile.words) for row in grid.rows for tile in row.tiles if tile) == 100 * 50 * 2
    assert grid.columns[0].label == "m0000 +4"
    assert grid.rows[0].label == "team0/web0000 +4"
    assert grid.note


def test_a_tile_of_a_folded_map_shows_its_worst_copy() -> None:
    one = large(100, 50)
    key = next(iter(one.reports))
    report = one.reports[key]
    failing = replace(report, statuses=(replace(report.statuses[0], health=Health(HealthStatus.FAILED)), *report.statuses[1:]))
    grid = placement_map(replace(one, reports={**one.reports, key: failing}))
    assert grid is not None
    assert [tile.tone for row in grid.rows for tile in row.tiles if tile and tile.tone is not Tone.WELL] == [Tone.FAILING]


def test_what_did_not_change_is_not_computed_again() -> None:
    memo, one = Memo(), large(100, 50)
    first = placement_map(one, memo)
    memo.next_pass()
    assert first is not None
    key = next(iter(one.reports))
    report = one.reports[key]
    changed = replace(report, statuses=(replace(report.statuses[0], applied=False), *report.statuses[1:]))
    second = placement_map(replace(one, reports={**one.reports, key: changed}), memo)
    assert second is not None
    assert second == placement_map(replace(one, reports={**one.reports, key: changed}))
    same = [before is after for before, after in zip(first.rows, second.rows, strict=True)]
    assert same.count(False) == 1
