"""A status branch of each layout that the program reads, as a bundle: the present program reads it, and goes on from it.

`test_layout1.py` has what the migration from layout 1 must keep.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from reconciler.record.branch_layout import LAYOUT, files_of, is_document, is_outdated, state_of
from tests.e2e.layouts.restored import restore
from tests.support.fleet import STATUS, World, contents

BUNDLES = sorted(path.name for path in Path(__file__).parent.glob("layout*-*.bundle"))
NEWEST = f"layout{LAYOUT}-directories.bundle"


def test_each_layout_has_bundles() -> None:
    """A new layout needs bundles of the last commit that writes the one before, and of the first that writes it (README.md)."""
    expected = {f"layout{number}-{kind}.bundle" for number in range(1, LAYOUT + 1) for kind in ("directories", "servers")}
    assert {*BUNDLES} == expected


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_branch_is_read_and_written_in_the_present_layout(tmp_path: Path, bundle: str) -> None:
    files = restore(tmp_path, bundle).status_branch()
    number = yaml.safe_load(files["revision.yaml"])["spec"]["layout"]
    state = state_of(files)
    assert bundle.startswith(f"layout{number}-"), "what it says it is"
    assert is_outdated(files) is (number != LAYOUT)
    assert state.revision, "it records a revision"
    assert state.clusters
    assert state.decisions.keys() >= state.reports.keys() > set()
    assert state_of(files_of(state)) == state
    if number == LAYOUT:  # Else older programs could not read what this one writes, under the number of a layout that they know.
        assert files_of(state) == {path: text for path, text in files.items() if is_document(path)}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return restore(tmp_path, NEWEST)


def test_a_sync_has_nothing_to_write_and_nothing_to_record(world: World) -> None:
    """As the program that wrote the branch had nothing to do any more: `status` shows the same before and after."""
    members, tip, shown = contents(world.members), world.repo.git("rev-parse", STATUS), world.run("status", "-o", "json").json
    assert {"web", "api", "report", "settings"} <= {row["name"] for row in shown["objects"]}
    ran = world.sync()
    assert (ran.code, contents(world.members)) == (1, members), ran.err
    assert world.run("status", "-o", "json").json["objects"] == shown["objects"]
    assert world.repo.git("rev-parse", STATUS) == tip, world.repo.git("diff", "--stat", tip, STATUS)
