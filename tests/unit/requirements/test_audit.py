"""The audit reports what it knows, and says so where it knows nothing."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from requirements import audit
from requirements.audit import LOCKS, PROJECT, Report, read_report

CLEAN = {"name": "orjson", "version": "3.13.0", "vulns": []}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found and could not be audited: rich (15.0.0)"}
VULNERABLE = {
    "name": "lupa",
    "version": "2.6",
    "vulns": [{"id": "CVE-2026-34444", "fix_versions": ["2.7"]}, {"id": "GHSA-0000", "fix_versions": []}],
}


def report_of(*packages: dict[str, object]) -> Report:
    return read_report("run.txt", json.dumps({"dependencies": packages, "fixes": []}), "")


def test_packages_without_an_advisory_are_counted() -> None:
    assert report_of(CLEAN).lines() == ["run.txt: 1 packages, no known advisory"]


def test_each_advisory_is_a_line_with_its_fix() -> None:
    report = report_of(CLEAN, VULNERABLE)
    assert report.lines() == [
        "run.txt: lupa 2.6: CVE-2026-34444, fixed in 2.7",
        "run.txt: lupa 2.6: GHSA-0000, fixed in none yet",
    ]


def test_a_database_that_knows_no_package_is_no_clean_result() -> None:
    """pip-audit itself ends with "No known vulnerabilities found" and exit code 0 here."""
    report = report_of(UNKNOWN)
    assert report.lines() == ["not audited: run.txt: no advisory database knows any of its 1 packages"]
    assert (report.audited, report.findings) == (0, ())


def test_packages_that_were_not_audited_are_named() -> None:
    assert report_of(CLEAN, UNKNOWN).lines() == [
        "not audited: run.txt: no advisory database knows rich",
        "run.txt: 1 packages, no known advisory",
    ]


def test_a_database_out_of_reach_is_one_line() -> None:
    error = "Traceback (most recent call last):\n  File ...\nrequests.exceptions.ConnectionError: name not known\n"
    lines = read_report("run.txt", "", error).lines()
    assert lines == ["not audited: run.txt: no advisory database answered (requests.exceptions.ConnectionError)"]


FINDING = "lupa 2.6: CVE-2026-34444, fixed in 2.7"


@pytest.mark.parametrize(
    ("lock", "lowest", "code"),
    [((), (), 0), ((FINDING,), (), 1), ((), (FINDING,), 1)],
    ids=["clean", "in a lock", "lowest versions"],
)
def test_an_advisory_fails_the_audit(
    monkeypatch: pytest.MonkeyPatch, lock: tuple[str, ...], lowest: tuple[str, ...], code: int
) -> None:
    monkeypatch.setattr(audit, "audit", lambda subject, _: Report(subject, 1, lock))
    monkeypatch.setattr(audit, "audit_lowest_versions", lambda _: Report("the lowest allowed versions", 1, lowest))
    assert audit.main() == code


def test_where_nobody_answers_one_line_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(audit, "audit", lambda subject, _: Report(subject, 0, not_audited="no advisory database answered"))
    assert audit.main() == 0
    assert capsys.readouterr().out == "not audited: requirements/run.txt: no advisory database answered\n"


@pytest.mark.parametrize("lock", [*LOCKS, "requirements/go.txt"])
def test_a_lock_pins_and_hashes_everything_and_names_no_index(lock: str) -> None:
    text = (PROJECT / lock).read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if not entry.startswith("#")]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in text
    assert "index" not in text


def test_the_locks_hold_every_dependency() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=\[]", line)[0].lower().replace(".", "-") for line in project["dependencies"]}
    extra = {re.split(r"[<>=]", line)[0] for line in project["optional-dependencies"]["tracing"]}
    for lock, needed in (("run.txt", names), ("image.txt", names | extra), ("dev.txt", names | extra)):
        pinned = {line.partition("==")[0] for line in (PROJECT / "requirements" / lock).read_text().splitlines() if "==" in line}
        assert needed <= pinned, lock


def test_every_lower_bound_has_its_reason_where_it_excludes_an_advisory() -> None:
    """`requirements/README.md` repeats the bounds that are there for a reason; both are changed together."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    declared = "\n".join([*project["dependencies"], *project["optional-dependencies"]["tracing"]])
    bounds = dict(re.findall(r"^([A-Za-z.-]+)(?:\[\w+\])?>=([0-9.]+)", declared, re.MULTILINE))
    rows = re.findall(r"^\| `([A-Za-z.-]+)` \| ([0-9.]+) \|", Path(PROJECT / "requirements/README.md").read_text(), re.MULTILINE)
    assert len(rows) > 3
    assert {name: bounds[name] for name, _ in rows} == dict(rows)
