"""A plan that is carried out, and a dry run of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconciler.edit.planned_writes import NoWrite, OutdatedPlanError, PlannedWrite, WriteReport, carry_out


@dataclass(frozen=True)
class Append:
    """Writes a line to a list."""

    lines: list[str]
    line: str

    @property
    def report(self) -> WriteReport | None:
        return WriteReport("created", self.line)

    async def carry_out(self) -> WriteReport | None:
        if self.line in self.lines:
            raise OutdatedPlanError(self.line)
        self.lines.append(self.line)
        return WriteReport("created", f"{self.line} at {len(self.lines)}")


class Check(Append):
    """Reports nothing."""

    @property
    def report(self) -> WriteReport | None:
        return None

    async def carry_out(self) -> WriteReport | None:
        await super().carry_out()
        return None


def plan(lines: list[str], *names: str) -> list[PlannedWrite]:
    return [NoWrite(WriteReport("unchanged", "x")), Check(lines, "check"), *[Append(lines, name) for name in names]]


async def test_each_write_is_carried_out_in_order_and_reported_as_done() -> None:
    lines: list[str] = []
    reports: list[WriteReport] = []
    await carry_out(plan(lines, "a", "b"), reports.append, dry_run=False)
    assert lines == ["check", "a", "b"]
    assert [(report.action, report.subject) for report in reports] == [
        ("unchanged", "x"),
        ("created", "a at 2"),
        ("created", "b at 3"),
    ]


async def test_a_dry_run_reports_the_plan_and_writes_nothing() -> None:
    lines: list[str] = []
    reports: list[WriteReport] = []
    await carry_out(plan(lines, "a", "b"), reports.append, dry_run=True)
    assert (lines, [report.subject for report in reports]) == ([], ["x", "a", "b"])


async def test_the_first_error_ends_the_plan() -> None:
    lines: list[str] = []
    reports: list[WriteReport] = []
    with pytest.raises(OutdatedPlanError, match="a changed while this command was running"):
        await carry_out(plan(lines, "a", "a", "b"), reports.append, dry_run=False)
    assert (lines, [report.subject for report in reports]) == (["check", "a"], ["x", "a at 2"])
