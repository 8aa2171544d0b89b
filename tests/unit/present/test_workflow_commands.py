"""`validate -o github`: one command for each issue, and no text of a repository can begin another."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.issues import Issue, error, warning
from reconciler.model.origin import NOWHERE, Origin
from reconciler.present.workflow_commands import workflow_commands


def command(issue: Issue) -> str:
    (line,) = workflow_commands([issue])
    return line


def test_a_command() -> None:
    issue = error("UnknownKind", "no kind: 100 %", "Write one.", origin=Origin("apps/a,b:c.yaml", 3))
    assert command(issue) == "::error file=apps/a%2Cb%3Ac.yaml,line=3,title=UnknownKind::no kind: 100 %25%0AWrite one."
    assert command(warning("ClusterLeft", "m1 is left")) == "::warning title=ClusterLeft::m1 is left"
    assert command(error("Syntax", "x", origin=Origin("a.yaml"))) == "::error file=a.yaml,title=Syntax::x"


def test_errors_come_first() -> None:
    issues = [warning("Unclaimed", "a", origin=NOWHERE), error("Syntax", "b", origin=Origin("z.yaml", 9))]
    assert [line.split(" ")[0] for line in workflow_commands(issues)] == ["::error", "::warning"]


@given(st.text(), st.text(), st.text())
def test_a_command_is_one_line_with_its_own_properties(message: str, remedy: str, file: str) -> None:
    line = command(error("Syntax", message, remedy, origin=Origin(file, 1)))
    assert line.splitlines() == [line]
    properties, _ = re.fullmatch(r"::error ([^:]*)::(.*)", line).groups()  # type: ignore[union-attr]
    assert [one.split("=")[0] for one in properties.split(",")] == (["file"] if file else []) + ["line", "title"]
