"""Warnings about Secrets whose values the repository holds in plain text (`PlainSecret`). Base64 is plain text, too.

What SOPS encrypted is not in plain text. Values are never shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.issues import Issue, warning
from reconciler.model.manifest import Manifest, gvk_of, is_secret, mapping
from reconciler.model.sealed import mentions_seal
from reconciler.review.outline.copies import Revisions


def plain_secrets(revisions: Revisions) -> Iterator[Issue]:
    """Those that had no values in BASE."""
    for key, item in revisions.after.templates.items():
        if not is_secret(key) or not _has_values(item.template.manifest):
            continue
        old = revisions.before.templates.get(key)
        if old is None or not _has_values(old.template.manifest):
            message = f"{key}: its values are in the repository in plain text, for everyone who can read it"
            yield warning("PlainSecret", message, _REMEDY, origin=item.template.origin, subject=key)


def _has_values(manifest: Manifest) -> bool:
    """Without those that are encrypted."""
    values = [value for field in ("data", "stringData") for value in mapping(manifest, field).values()]
    return gvk_of(manifest).api_version == "v1" and not all(isinstance(one, str) and mentions_seal(one) for one in values)


_REMEDY = (
    "Encrypt the file with SOPS, or provide the Secret in the members by other means, such as External Secrets, and replace the "
    "values: what was committed once stays in the history."
)
