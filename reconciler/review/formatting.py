"""The files of a work tree that declare something, in one form (`documents/format.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.documents.format import formatted
from reconciler.model.desired import DesiredState
from reconciler.model.manifest import is_secret
from reconciler.model.settings import Settings

CONFIGURATION = "reconciler.yaml"
"""Where the Configuration usually is. One in another file is not written."""


@dataclass(frozen=True, slots=True)
class FormattedFile:
    """One file whose form differs."""

    path: str
    """Inside the repository."""
    before: str
    after: str
    secret: bool
    """Whether it declares a Secret, so that its lines must not be shown."""


def differing_files(desired: DesiredState, top: Path, only: Iterable[str] = ()) -> Iterator[FormattedFile]:
    """Sorted by path. top: the root of the work tree that `desired` was loaded from.

    only: files, or folders with `/` at the end, the root being `/`; empty for all. Raises OSError.
    """
    secrets = {template.origin.file for template in desired.templates if is_secret(template.key)}
    chosen = tuple(only)
    for path in sorted(declaring_files(desired)):
        place = top / path
        if chosen and not any(one in (path, "/") or (one.endswith("/") and path.startswith(one)) for one in chosen):
            continue
        if not place.is_file():  # No Configuration, or a name that is printed in another form (`load/layout.py`).
            continue
        before = place.read_bytes().decode("utf-8", "surrogateescape")
        after = formatted(before)
        if after != before:
            yield FormattedFile(path, before, after, path in secrets)


def write(files: Iterable[FormattedFile], top: Path) -> None:
    """Raises OSError."""
    for file in files:
        (top / file.path).write_bytes(file.after.encode("utf-8", "surrogateescape"))


def declaring_files(desired: DesiredState) -> frozenset[str]:
    """The YAML files that declare something. One with an error is left as it is, and so is one of SOPS, which has a form of its
    own."""
    origins = {one.origin for one in desired.policies} | {one.origin for one in desired.override_policies}
    origins |= {one.origin for one in desired.templates} | {one.origin for one in desired.clusters}
    origins |= {one.origin for one in desired.taint_policies} | {one.origin for one in desired.rebalancers}
    origins |= {one.origin for one in desired.customizations} | {one.origin for one in desired.quotas}
    files = {origin.file for origin in origins} - {one.origin.file for one in desired.templates if one.sealed is not None} - {
        ""
    } | ({CONFIGURATION} if desired.settings != Settings() else set())
    return frozenset(file for file in files - desired.broken_files if file.endswith((".yaml", ".yml")))
