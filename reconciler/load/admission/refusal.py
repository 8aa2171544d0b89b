"""The messages of refusals, and checks of labels that several modules share. The documents may have any structure.

No message quotes a value: overriders may contain the data of a Secret, and a URL may contain a password.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from reconciler.load.schemas.explain_violations import Violation, field_path
from reconciler.model.issues import Severity
from reconciler.model.label_syntax import key_problem, value_problem
from reconciler.model.manifest import get

Path: TypeAlias = tuple[str | int, ...]

_NAMES = "at most 63 letters, digits, '-', '_' or '.'; it must begin and end with a letter or digit"


def refusal(path: Path, what: str, remedy: str, reason: str = "InvalidValue", severity: Severity = Severity.ERROR) -> Violation:
    """A refusal. what: the message after the name of the field at `path`.

    Where a schema refuses the same mistake, `path` must be the path that the schema reports, so that `without_reported` can
    remove the duplicate.
    """
    return Violation(path, severity, reason, f"{field_path(path)} {what}", remedy)


def missing(document: Any, path: Path, name: str) -> Violation:
    """The refusal of a required field that is absent or empty. If it is absent, the path is its parent, as in schemas."""
    place = path if get(document, name) is None else (*path, name)
    return Violation(place, Severity.ERROR, "MissingField", f"{field_path((*path, name))} is missing", "Add it.")


def key_refusals(key: Any, path: Path, what: str = "a label key") -> list[Violation]:
    if isinstance(key, str) and not key_problem(key):
        return []
    return [refusal(path, f"must be {what}", f"Write {_NAMES}. A DNS name and '/' may come first.")]


def value_refusals(value: Any, path: Path) -> list[Violation]:
    """The refusal of an invalid label value. The empty string is valid."""
    if value is None or (isinstance(value, str) and not value_problem(value)):
        return []
    return [refusal(path, "must be a label value", f"Write {_NAMES}.")]


def number(document: Any, *path: str | int) -> int:
    """The whole number at `path`; 0 if there is none."""
    value = get(document, *path)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1 else 0


def without_reported(refusals: tuple[Violation, ...], reported: list[Violation]) -> list[Violation]:
    """The refusals at paths that have no error in `reported` yet, so that each mistake is reported once."""
    paths = {violation.path for violation in reported if violation.severity is Severity.ERROR}
    return [violation for violation in refusals if violation.path not in paths]
