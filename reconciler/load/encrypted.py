"""Files that SOPS encrypted (https://github.com/getsops/sops). This program does not decrypt, so it must not send their content.

SOPS writes a mapping `sops` with the field `mac` at the top of each document of a file. No kind of Kubernetes has it.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.documents.reader import Document
from reconciler.model.issues import Issue, error
from reconciler.model.manifest import get, mapping
from reconciler.model.origin import Origin
from reconciler.model.wording import LEFT_OUT_IS_GIVEN_UP


def encrypted_issue(path: str, documents: Iterable[Document]) -> Issue | None:
    """One error for the whole file, at its first encrypted document; None if nothing in it is encrypted."""
    for document in documents:
        if get(mapping(document.value, "sops"), "mac") is not None:
            return error(
                "EncryptedFile",
                "this file is encrypted with SOPS, and nothing here decrypts it, so nothing of it is sent to a member",
                "Leave it out with spec.exclude of the Configuration (such as **/*.sops.yaml), and provide the Secret in the "
                "members by other means, such as External Secrets. Do not just remove the field sops: the encrypted text would "
                f"become the value. {LEFT_OUT_IS_GIVEN_UP}.",
                origin=Origin(path, document.line),
            )
    return None
