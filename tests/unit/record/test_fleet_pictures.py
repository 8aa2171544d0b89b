"""The pictures of the status branch."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from reconciler.model.broken_file import BrokenFile
from reconciler.model.health import KEPT, UNOBSERVED, Health, HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.pictures.svg import Tone
from reconciler.record.fleet_pictures import fleet_badges, picture_files
from reconciler.record.readme import readme
from tests.support.builders import Recorded, binding, config, deployment, recorded, recorded_state, status

HEALTHS = ["current", "failed", "in-progress", "not-found", "not-observed", "terminating", "unknown"]
NAMES = sorted([*HEALTHS, "fleet", "members", "placement"])


def member(name: str, *, ready: bool = True, message: str = "") -> RecordedCluster:
    return RecordedCluster(ClusterName(name), f"{name}.yaml", ready=ready, message=message)


def state(*objects: Recorded, ready: bool = True) -> RecordedState:
    return recorded_state(*objects, clusters=[member("m1"), member("m2", ready=ready)])


def values(of: RecordedState) -> dict[str, tuple[str, Tone]]:
    return {one.label: (one.value, one.tone) for one in fleet_badges(of, Memo()) if one.counts}


def test_the_same_files_whatever_there_is() -> None:
    for one in (RecordedState(), state(recorded(binding(m1=1)))):
        assert list(picture_files(one)) == [f"pictures/{name}.svg" for name in NAMES]


def test_badges_of_a_fleet_that_is_well() -> None:
    assert values(state(recorded(binding(m1=1)), recorded(binding(config(), m1=0)))) == {
        "fleet": ("2 objects as declared", Tone.WELL),
        "members": ("2 of 2 ready", Tone.WELL),
        "Current": ("2", Tone.WELL),
    }


def test_badges_of_one_that_is_not() -> None:
    failing = recorded(binding(m1=1, m2=1), status("m1"), status("m2", HealthStatus.FAILED))
    moving = recorded(binding(deployment("api"), m1=1), status("m1", HealthStatus.IN_PROGRESS))
    kept = recorded(binding(config(), m1=0), status("m1", Health(HealthStatus.UNKNOWN, reason=KEPT)))
    one = replace(state(failing, moving, kept, ready=False), broken={"a.yaml": BrokenFile("0" * 40)})
    assert values(one) == {
        "fleet": ("2 of 3 objects not well, 1 file with an error, not all members ready", Tone.FAILING),
        "members": ("1 of 2 ready", Tone.FAILING),
        "InProgress": ("1", Tone.MOVING),
        "Failed": ("1", Tone.FAILING),
        "Unknown": ("1", Tone.UNKNOWN),
    }


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([], ("nothing is placed yet", Tone.UNKNOWN)),
        ([recorded(binding(m1=1), status("m1", UNOBSERVED))], ("1 object as declared", Tone.UNKNOWN)),
        ([recorded(binding(m1=1), status("m1", HealthStatus.IN_PROGRESS))], ("1 of 1 object not well", Tone.MOVING)),
        ([recorded(binding(m1=1), status("m1", HealthStatus.FAILED))], ("1 of 1 object not well", Tone.FAILING)),
    ],
)
def test_what_is_not_known_is_not_called_well(objects: list[Recorded], expected: tuple[str, Tone]) -> None:
    assert values(state(*objects))["fleet"] == expected


def test_the_readme_shows_what_there_is_and_no_name_in_a_link() -> None:
    text = readme(state(recorded(binding(deployment("](javascript:x)"), m1=1))))
    assert text.splitlines()[2:5] == [
        "![fleet: 1 object as declared](pictures/fleet.svg) ![members: 2 of 2 ready](pictures/members.svg) "
        "![Current: 1](pictures/current.svg)",
        "",
        "![Where the workloads run](pictures/placement.svg)",
    ]
    assert "javascript" not in text
    assert "placement.svg" not in readme(RecordedState())


def test_only_what_a_fact_is_about_changes() -> None:
    before = state(recorded(binding(m1=1)), recorded(binding(config(), m1=0)))
    after = state(recorded(binding(m1=1), status("m1", HealthStatus.FAILED)), recorded(binding(config(), m1=0)))
    old, new = picture_files(before), picture_files(after)
    changed = ["current", "failed", "fleet", "placement"]
    assert [path for path in new if new[path] != old[path]] == [f"pictures/{name}.svg" for name in changed]
    same = picture_files(replace(before, revision="another"))
    assert same == old


def test_a_fleet_of_a_thousand_members_and_workloads_is_as_large_as_a_page() -> None:
    names = [f"member-with-a-long-name-{at:04}" for at in range(1000)]
    message = "admission webhook denied the request: " + "x" * 5000
    shares = dict.fromkeys(names, 2)
    objects = [recorded(binding(deployment(f"workload-{at:04}"), m1=1)) for at in range(950)]
    failing = [status(name, HealthStatus.FAILED, applied=False, message=message) for name in names]
    objects += [recorded(binding(deployment(f"broken-{at}"), **shares), *failing) for at in range(50)]
    one = recorded_state(*objects, clusters=[member(name, ready=False, message=message) for name in names])
    files = picture_files(one)
    assert sum(map(len, files.values())) < 60_000
    assert max(map(len, files.values())) < 45_000
    text = readme(one)
    assert len(text.encode()) < 200_000
    assert text.count("| no |") == 200
    assert "… and 800 more." in text
    assert "… and 49800 more." in text
    for data in files.values():
        ElementTree.fromstring(data)  # noqa: S314 - our own


def test_members_that_are_not_as_they_should_be_are_shown_whatever_their_names_are() -> None:
    members = [member(f"m{at:04}", ready=at != 999) for at in range(1000)]
    rows = [line for line in readme(recorded_state(clusters=members)).splitlines() if line.startswith("| m")]
    assert (len(rows), rows[0]) == (200, "| m0999 | no | 0 | 0 | 0 |  |")
