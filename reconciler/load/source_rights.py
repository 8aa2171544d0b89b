"""What files from elsewhere may not declare, whoever governs their folder.

Who runs this repository decides which members there are, which Tenants judge whom, and what belongs to a revision. Nobody else's
commit may change that, and the Tenants that judge a revision must be in this repository, where their history is.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.load.parse_file import ParsedFile, printed_name
from reconciler.model.issues import error

REASON = "DeclaredElsewhere"
_OWN_KINDS = frozenset(
    {
        ("reconciler.dev", "Tenant"),
        ("reconciler.dev", "Configuration"),
        ("reconciler.dev", "Source"),
        ("cluster.karmada.io", "Cluster"),
    }
)


def as_silent(file: ParsedFile) -> ParsedFile:
    """A file that is there and says nothing."""
    return replace(file, data=b"", objects=(), issues=())


def without_own_kinds(file: ParsedFile) -> ParsedFile:
    """The file without what only this repository itself may declare; the same one where it declares nothing of that."""
    refused = [parsed for parsed in file.objects if (parsed.gvk.group, parsed.gvk.kind) in _OWN_KINDS]
    if not refused:
        return file
    issues = [
        error(
            REASON,
            f"{printed_name(parsed)}: the file is from a Source, and a {parsed.gvk.kind} counts only in this repository itself",
            "Declare it in this repository, or take a folder of the source that does not have it (spec.path).",
            origin=parsed.origin,
            subject=printed_name(parsed),
        )
        for parsed in refused
    ]
    objects = tuple(parsed for parsed in file.objects if parsed not in refused)
    return replace(file, objects=objects, issues=tuple(sorted([*file.issues, *issues])))
