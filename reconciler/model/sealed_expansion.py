"""Charts and Kustomizes with encrypted values. They are expanded twice.

| | With | What it is for |
|---|---|---|
| first | a stand-in for each encrypted value (`stand_in` in `model/sealed.py`) | what is decided, recorded and shown |
| again | the values | what is written to the member; it stays in memory |

Both must have the same objects with the same metadata: what an object is, is readable for everyone. Below that, what the second
one has is as secret as the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.expansion import ExpansionRequest
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.sealed import Sealed


@dataclass(frozen=True, slots=True)
class SealedText:
    """What an object that is expanded takes from an encrypted ConfigMap or Secret (`valuesFrom`, `substituteFrom`)."""

    file: Sealed
    """That declares the ConfigMap or Secret."""
    manifest: Manifest = field(repr=False)
    """Of it, with seals."""
    key: str
    """Of the entry of its data; empty for all of them."""


@dataclass(frozen=True, slots=True)
class SealedExpansion:
    """One expansion with seals, and all that is needed to make it again with values."""

    request: ExpansionRequest
    parent: Manifest = field(repr=False)
    """The Chart or Kustomize as rendered for the cluster, in our form."""
    files: tuple[Sealed, ...]
    """Those that have its encrypted values, sorted by path."""
    texts: Mapping[str, str] = field(repr=False)
    """By digest: what `parent` takes from ConfigMaps and Secrets, with seals."""
    sealed_texts: Mapping[str, SealedText] = field(repr=False)
    """By digest: those of them that have seals."""


@dataclass(frozen=True, slots=True)
class SealedChild:
    """One object of such an expansion."""

    expansion: SealedExpansion
    key: ResourceKey
    """As the output names it, without a namespace where it states none."""


@dataclass(frozen=True, slots=True)
class OpenedChild:
    """The same object with values."""

    manifest: Manifest = field(repr=False)
    """As the output has it; its apiVersion, kind and metadata are those of the sealed one."""
    hidden: tuple[str, ...]
    """The fields at its top in which a value may be, sorted."""
