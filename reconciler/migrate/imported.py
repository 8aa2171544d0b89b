"""What an importer returns: the files of a repository, and a remark about everything that has no counterpart."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.origin import Origin


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something of the other tool that is not imported, or that means something else here."""

    subject: str
    """The object, such as `Application argocd/web`."""
    origin: Origin
    """The file and line that declares it; NOWHERE for an object of an API server."""
    what: str
    """What has no counterpart, as a clause: `spec.syncPolicy.automated.selfHeal is off`."""
    consequence: str
    """What happens because of that, as a sentence."""
    remedy: str
    """What to do, as a sentence. It never destroys data."""


@dataclass(frozen=True, slots=True, order=True)
class ImportedFile:
    """One file of the repository."""

    path: str
    """From the top of the repository."""
    text: str
    """The whole content."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything that one import comes to."""

    files: tuple[ImportedFile, ...]
    """Sorted by path."""
    remarks: tuple[Remark, ...]
    """Sorted."""
