"""The archive of a source → its files (`expand/archive.py`), with the name of the source in each error."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.expand import archive
from reconciler.sources.failures import ArchiveError
from reconciler.sources.options import Limits


def unpack(content: bytes, place: str, limits: Limits) -> dict[str, bytes]:
    """Path → content of each file, sorted. place: of the source, for messages. Raises ArchiveError."""
    try:
        return archive.unpack(content, archive.ArchiveLimits(limits.unpacked, limits.files))
    except archive.ArchiveError as error:
        raise ArchiveError(f"{place}: {error.clause}", remedy=error.remedy) from None


def top_folder(files: Mapping[str, bytes]) -> str:
    """The one folder that all files are in, as in each archive of a chart; empty where there is none."""
    tops = {path.partition("/")[0] if "/" in path else "" for path in files}
    return tops.pop() if len(tops) == 1 else ""
