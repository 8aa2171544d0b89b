"""Ask for known advisories: for the locks, and for the lowest versions that `pyproject.toml` allows.

    python -m requirements.audit        # `make audit` installs pip-audit and uv from audit.txt and runs this

The lock is what this project tests and deploys; the lowest versions are what another project may install beside it.
Exit code 1 if a package has a known advisory. A machine that cannot reach an advisory database gets exit code 0 and a line
that begins with "not audited": pip-audit alone reports "No known vulnerabilities found" there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
LOCKS = ("requirements/run.txt", "requirements/image.txt", "requirements/dev.txt", "requirements/audit.txt")
SECONDS = 300
"""The longest time for one list; a database that does not answer must not hold up a build."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an advisory database answered about one list of packages."""

    subject: str
    """The list: a lock's path, or "the lowest allowed versions"."""
    audited: int
    """How many packages the database knew."""
    findings: tuple[str, ...] = ()
    """One line per advisory: package, version, advisory, the version with the fix."""
    not_audited: str = ""
    """Why some or all packages were not audited; empty if all were."""

    def lines(self) -> list[str]:
        lines = [f"{self.subject}: {finding}" for finding in self.findings]
        if self.not_audited:
            lines.append(f"not audited: {self.subject}: {self.not_audited}")
        if self.audited and not self.findings:
            lines.append(f"{self.subject}: {self.audited} packages, no known advisory")
        return lines


def read_report(subject: str, output: str, error: str) -> Report:
    """`output` is pip-audit's JSON document; it is empty where pip-audit gave up, and `error` ends with the reason."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except ValueError:
        return Report(subject, 0, not_audited=f"no advisory database answered ({last_line(error)})")
    answered = [package for package in dependencies if "skip_reason" not in package]
    skipped = [package["name"] for package in dependencies if "skip_reason" in package]
    findings = tuple(
        f"{package['name']} {package['version']}: {advisory['id']}, fixed in {', '.join(advisory['fix_versions']) or 'none yet'}"
        for package in answered
        for advisory in package["vulns"]
    )
    if skipped and not answered:
        return Report(subject, 0, not_audited=f"no advisory database knows any of its {len(skipped)} packages")
    missing = f"no advisory database knows {', '.join(sorted(skipped))}" if skipped else ""
    return Report(subject, len(answered), findings, missing)


def last_line(text: str) -> str:
    """The end of a long error, shortened: it stands between parentheses in one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].split(":")[0] if lines else "without a message"


def audit(subject: str, requirements: Path) -> Report:
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--no-deps", "--requirement", str(requirements)]
    try:
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Report(subject, 0, not_audited=f"no advisory database answered within {SECONDS} seconds")
    return read_report(subject, done.stdout, done.stderr)


def audit_lowest_versions(folder: Path) -> Report:
    """Resolve the direct dependencies to their lower bounds, the indirect ones to what is newest, and audit the result."""
    subject, resolved = "the lowest allowed versions", folder / "lowest.txt"
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--extra",
        "tracing",
        "--resolution",
        "lowest-direct",
        "--quiet",
    ]
    command += ["--python-version", "3.11", "--no-header", "--no-emit-index-url", "--output-file", str(resolved)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        return Report(subject, 0, not_audited=f"they could not be resolved ({last_line(done.stderr)})")
    return audit(subject, resolved)


def reports() -> Iterator[Report]:
    """One report per list. The first list that no database answers for ends it: the others would get the same answer."""
    for lock in LOCKS:
        report = audit(lock, PROJECT / lock)
        yield report
        if not report.audited:
            return
    with tempfile.TemporaryDirectory() as folder:
        yield audit_lowest_versions(Path(folder))


def main() -> int:
    code = 0
    for report in reports():
        print("\n".join(report.lines()))
        code = 1 if report.findings else code
    return code


if __name__ == "__main__":
    sys.exit(main())
