"""Whom an entry of an outline concerns: the teams whose files say so, and those whose objects change.

A team is the Tenant that governs a file. Where none does, it is the first folder of the file: in most repositories, folders are
divided by teams.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.keys import ResourceKey
from reconciler.model.tenant import NO_TENANTS, Tenancy
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.entries import Entry


@dataclass(frozen=True, slots=True)
class Teams:
    """What is needed to tell the teams of the entries of one outline."""

    tenancy: Tenancy
    """The Tenants that judge the revision."""
    files: Mapping[ResourceKey, str]
    """The file with the template of each object."""

    def of(self, entry: Entry) -> tuple[str, ...]:
        """Sorted: names of Tenants, and folders with a slash at their end; `./` is the root."""
        files = {origin.file for origin in entry.origins if origin.file} | {self.files.get(key, "") for key in entry.objects}
        return tuple(sorted({self._of_file(file) for file in files if file}))

    def _of_file(self, file: str) -> str:
        tenant = self.tenancy.of(file)
        return f"{file.partition('/')[0] if '/' in file else '.'}/" if tenant is None else tenant.name


NO_TEAMS = Teams(NO_TENANTS, {})


def teams_of(entries: Iterable[Entry], revisions: Revisions) -> Teams:
    """An object that both revisions declare is in the file of the later one."""
    files: dict[ResourceKey, str] = {}
    for key in (key for entry in entries for key in entry.objects):
        item = revisions.after.templates.get(key) or revisions.before.templates.get(key)
        if item is not None:
            files[key] = item.template.origin.file
    return Teams(revisions.after.desired.judges, files)
