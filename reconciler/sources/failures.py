"""What can go wrong with a source. Messages name the source, and never a credential or what a server wrote."""

from __future__ import annotations

from reconciler.errors import ReconcilerError, TemporaryError


class SourceError(ReconcilerError):
    """A source cannot be had as it is wanted."""


class SourceUnreachableError(SourceError, TemporaryError):
    """The server of a source did not answer, or asks to come back later."""


class DigestMismatchError(SourceError):
    """What a server sent is not what was pinned, or what its index promises."""


class ArchiveError(SourceError):
    """An archive is damaged, too large, or holds what no source may hold."""
