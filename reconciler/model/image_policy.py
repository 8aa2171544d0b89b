"""ImagePolicies (`reconciler.dev/v1alpha1`): which tag of an image the files of the repository are to have.

A value names its policy in a comment behind it, as for Flux: `image: ghcr.io/shop/web:1.2.0 # {"$imagepolicy": "shop:web"}`.
The rules are those of Flux's ImagePolicy (https://fluxcd.io/flux/components/image/imagepolicies/).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reconciler.model.origin import NOWHERE, Origin


class UpdateMode(StrEnum):
    """What happens when something newer is found."""

    OFF = "off"
    PROPOSE = "propose"
    """A commit on a branch of its own, for a pull request."""
    COMMIT = "commit"
    """A commit on the branch that is followed."""


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """What `run` does about something newer."""

    mode: UpdateMode = UpdateMode.OFF
    interval: timedelta = timedelta(minutes=10)
    """How often it looks."""


class TagOrder(StrEnum):
    """How tags are compared."""

    SEMVER = "semver"
    ALPHABETICAL = "alphabetical"
    NUMERICAL = "numerical"


class DigestUse(StrEnum):
    """Whether the digest of an image is written behind its tag."""

    NEVER = "Never"
    ALWAYS = "Always"
    """Also where the tag stays and its digest changes."""


@dataclass(frozen=True, slots=True, order=True)
class ImagePolicyRef:
    """The name of a policy."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """As markers name it."""
        return f"{self.namespace}:{self.name}"


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    ref: ImagePolicyRef
    image: str
    """The repository in its registry, without a tag: ghcr.io/shop/web."""
    order: TagOrder
    range: str = ""
    """Of versions, for the order of semver.org."""
    descending: bool = False
    """Whether the first tag is chosen, not the last one; never for versions."""
    pattern: str = ""
    """Tags that do not match are left out (RE2); empty: none is."""
    extract: str = ""
    """What of a matching tag is compared, as a template of Go's Regexp.Expand; empty: all of it."""
    digest: DigestUse = DigestUse.NEVER
    origin: Origin = NOWHERE

    def __str__(self) -> str:
        return f"ImagePolicy {self.ref.namespace}/{self.ref.name}"
