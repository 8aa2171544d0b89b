"""Issues as a SARIF log (OASIS SARIF 2.1.0), which code scanning of forges and editors read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.model.issues import Issue

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "reconcilerIssue/v1"


def sarif_document(issues: Sequence[Issue]) -> dict[str, Any]:
    """One run with one result for each issue. A place is relative to the root of the repository."""
    reasons = sorted({issue.reason for issue in issues})
    driver = {"name": "reconciler", "version": __version__, "rules": [{"id": reason, "name": reason} for reason in reasons]}
    results = [_result(issue, reasons.index(issue.reason)) for issue in issues]
    run = {"tool": {"driver": driver}, "originalUriBaseIds": _ROOT, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


_BASE = "%SRCROOT%"
_ROOT = {_BASE: {"description": {"text": "The root of the config repository."}}}


def _result(issue: Issue, rule: int) -> dict[str, Any]:
    text = _without_links(f"{issue.message}\n{issue.remedy}" if issue.remedy else issue.message)
    return {
        "ruleId": issue.reason,
        "ruleIndex": rule,
        "level": str(issue.severity),
        "message": {"text": text},
        "locations": [_location(issue)] if issue.origin.file else [],
        "partialFingerprints": {FINGERPRINT: _fingerprint(issue)},
    }


def _without_links(text: str) -> str:
    """A text of the repository could hold what a viewer makes a link (SARIF 2.1.0, 3.11.6: `[text](target)`)."""
    return text.replace("](", "] (")


def _location(issue: Issue) -> dict[str, Any]:
    artifact = {"uri": quote(issue.origin.file), "uriBaseId": _BASE}
    region = {"region": {"startLine": issue.origin.line}} if issue.origin.line else {}
    return {"physicalLocation": {"artifactLocation": artifact, **region}}


def _fingerprint(issue: Issue) -> str:
    """The same for the same issue on another line, so that a forge recognises it."""
    return hashlib.sha256("\0".join((issue.origin.file, issue.reason, issue.message)).encode()).hexdigest()
