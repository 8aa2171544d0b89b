"""How a refusal is put, and documents read by people who may have written anything: nothing here trusts a shape.

Values are never quoted: overriders hold what may be a Secret's, and a URL may hold a password.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from reconciler.load.violations import Complaint, field_path
from reconciler.model.issues import Severity
from reconciler.model.label_syntax import key_problem, value_problem
from reconciler.model.manifest import get

Path: TypeAlias = tuple[str | int, ...]

_NAMES = "at most 63 letters, digits, '-', '_' or '.', beginning and ending with a letter or digit"


def refusal(path: Path, what: str, remedy: str, reason: str = "InvalidValue", severity: Severity = Severity.ERROR) -> Complaint:
    """`what` goes on after the name of the field at `path`.

    Where a schema refuses the same, `path` is the schema's, so that `parse_file` can tell that all is said (see `unsaid`).
    """
    return Complaint(path, severity, reason, f"{field_path(path)} {what}", remedy)


def missing(document: Any, path: Path, name: str) -> Complaint:
    """A required member that is absent (said of its parent, as schemas do) or empty."""
    place = path if get(document, name) is None else (*path, name)
    return Complaint(place, Severity.ERROR, "MissingField", f"{field_path((*path, name))} is missing", "Add it.")


def key_refusals(key: Any, path: Path, what: str = "a label key") -> list[Complaint]:
    if isinstance(key, str) and not key_problem(key):
        return []
    return [refusal(path, f"must be {what}", f"Write {_NAMES}; a DNS name and '/' may stand before them.")]


def value_refusals(value: Any, path: Path) -> list[Complaint]:
    """The empty text is a label value."""
    if value is None or (isinstance(value, str) and not value_problem(value)):
        return []
    return [refusal(path, "must be a label value", f"Write {_NAMES}.")]


def number(document: Any, *path: str | int) -> int:
    """The whole number at `path`; 0 where there is none."""
    value = get(document, *path)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1 else 0


def unsaid(refusals: tuple[Complaint, ...], said: list[Complaint]) -> list[Complaint]:
    """The refusals of places that no error in `said` is about: one mistake, one complaint."""
    places = {complaint.path for complaint in said if complaint.severity is Severity.ERROR}
    return [complaint for complaint in refusals if complaint.path not in places]
