"""Windows of time that make no sense are errors with a place."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.model.issues import errors_in
from tests.support.in_memory_fleet import load


def problems(window: str) -> list[tuple[str, str]]:
    text = f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  windows:\n{window}"
    return [(str(issue.origin), issue.message) for issue in errors_in(load({"reconciler.yaml": dedent(text)}).issues)]


def window(schedule: str = "0 22 * * *", duration: str = "8h", more: str = "") -> str:
    return f"    - name: night\n      kind: allow\n      schedule: '{schedule}'\n      duration: {duration}\n{more}"


def test_a_good_one() -> None:
    assert problems(window(more="      timeZone: Europe/Berlin\n")) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (window("0 25 * * *"), 7, "the schedule of window night is none"),
        (window("0 22 * *"), 7, "the schedule of window night is none: it has 4 fields, and not 5"),
        (window("0 0 30 2 *"), 7, "the schedule of window night is none"),
        (window(duration="0s"), 8, "window night has no duration, so that it is never open"),
        (
            window(more="      timeZone: Europe/Atlantis\n"),
            9,
            "window night has the time zone Europe/Atlantis, which does not exist",
        ),
        (window() + window(), 9, "there are two windows with the name night"),
    ],
)
def test_a_mistake_has_its_line(text: str, line: int, message: str) -> None:
    ((place, said),) = problems(text)
    assert place == f"reconciler.yaml:{line}"
    assert said.removeprefix("Configuration.reconciler.dev: ").startswith(message)
