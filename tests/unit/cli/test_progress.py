"""The progress bars: numbers of all members and of each, and nothing for a pipe."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from reconciler.cli.progress import ProgressBar
from reconciler.model.changes import Create, Outcome
from reconciler.model.keys import ClusterName
from tests.support.builders import config, rendered

M1, M2 = ClusterName("m1"), ClusterName("m2")
WANTED = Create(rendered(config()), config())


def shown(bars: ProgressBar, width: int) -> list[str]:
    """The lines of the bars as they stand now."""
    console = Console(file=StringIO(), width=width)
    with console.capture() as capture:
        console.print(bars._progress.get_renderable())
    return [" ".join(line.replace("━", "").replace("╸", "").replace("╺", "").split()) for line in capture.get().splitlines()]


@pytest.mark.parametrize(("width", "end"), [(80, "…"), (120, "m1")])
def test_numbers_of_all_members_and_of_each(width: int, end: str) -> None:
    with ProgressBar(Console(file=StringIO(), force_terminal=True, width=width)) as bars:
        assert shown(bars, width) == ["reconciling reading the members"]
        bars.begin({M1: 2, M2: 1})
        assert shown(bars, width) == ["all 0 of 3 on 2 members", "m1 0 of 2", "m2 0 of 1"]
        bars.done(M1, Outcome(WANTED))
        assert shown(bars, width)[1:] == ["m1 1 of 2", "m2 0 of 1"]
        assert shown(bars, width)[0] == f"all 1 of 3 on 2 members, created {WANTED.key} on {end}"
        bars.done(M2, Outcome(WANTED, "refused"))
        assert f"2 of 3 on 2 members, failed {WANTED.key} on" in shown(bars, width)[0]
        assert shown(bars, width)[1:] == ["m1 1 of 2"]
        bars.begin({})
        assert shown(bars, width) == ["reconciling waiting for objects to become Current"]


def test_a_fleet_needs_no_more_lines_than_a_terminal_has() -> None:
    with ProgressBar(Console(file=StringIO(), force_terminal=True, width=80)) as bars:
        bars.begin({ClusterName(f"m{number:04}"): 10 for number in range(200)})
        for _ in range(10):
            bars.done(ClusterName("m0000"), Outcome(WANTED))
        lines = shown(bars, 80)
        assert lines[0].startswith("all 10 of 2000 on 200 members")
        assert [line.split()[0] for line in lines[1:]] == [f"m{number:04}" for number in range(1, 9)]


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar() as bars:
        bars.begin({M1: 1})
        bars.done(M1, Outcome(WANTED))
    assert capsys.readouterr() == ("", "")
