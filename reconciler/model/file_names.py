"""The names of files that hold one object each: in directory members, on the status branch, and of `render --to`."""

from __future__ import annotations

import hashlib
import re

from reconciler.model.keys import ResourceKey

CLUSTER_SCOPED_FOLDER = "_cluster"
"""The first part of paths of cluster-scoped objects. No namespace can have this name."""


def path_of(key: ResourceKey) -> str:
    """`<namespace>/<Kind>.<group>/<name>`, the path of the object in directory members and on the status branch.

    Characters that some file systems do not allow are percent-encoded; a part that is too long ends with a digest.
    """
    return "/".join(map(path_part, (key.namespace or CLUSTER_SCOPED_FOLDER, key.qualified_kind, key.name)))


def path_part(name: str) -> str:
    """A namespace, a qualified kind or a name as one part of `path_of`. It has no character that is special in a glob."""
    return _shortened(_UNSAFE.sub(_percent_encoded, name))


def _shortened(part: str) -> str:
    """Kubernetes allows 253 characters and most file systems 255 bytes, which must include a suffix."""
    if len(part) <= _LONGEST_PART:
        return part
    digest = hashlib.sha256(part.encode()).hexdigest()[:32]
    return f"{part[: _LONGEST_PART - 34]}%%{digest}"  # No encoded part contains two percent signs in a row.


_LONGEST_PART = 240
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:@+,=~-]|^\.")  # A leading dot would hide the file, or lead out of the folder.


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
