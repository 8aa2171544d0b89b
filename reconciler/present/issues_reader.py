"""The issues in the JSON of `validate`, read back from a document that is not trusted."""

from __future__ import annotations

import re
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model.issues import Issue, Severity
from reconciler.model.origin import Origin
from reconciler.present.untrusted import MOST, ShapeError, fields, items, number, only_document, text


class NoIssuesError(ReconcilerError):
    """A document is not that of `validate`."""


def issues_of(data: bytes, place: str) -> list[Issue]:
    """Sorted. Raises NoIssuesError, which quotes nothing of the document. place: what messages call the file."""
    try:
        if len(data) > MOST:
            raise ShapeError(f"more than {MOST // 1024**2} MiB")
        return sorted(map(_issue, items(fields(only_document(data), "issues", exactly=False), "issues")))
    except ShapeError as error:
        remedy = "Name a file that `reconciler validate -o json` of the same version wrote."
        raise NoIssuesError(f"{place}: {error}", remedy=remedy) from None


def _issue(value: Any) -> Issue:
    of = fields(value, "file", "line", "severity", "reason", "message", "remedy", "object")
    severity, reason = text(of, "severity"), _REASON.fullmatch(text(of, "reason"))
    if severity not in set(Severity):
        raise ShapeError("severity is neither error nor warning")
    if reason is None:
        raise ShapeError("reason is not a word")
    origin = Origin(text(of, "file"), number(of, "line"))
    return Issue(origin, Severity(severity), reason.string, text(of, "message"), text(of, "remedy"), text(of, "object"))


_REASON = re.compile(r"[A-Z][A-Za-z]{,63}")
