"""Which objects of a member belong to a Helm release.

Helm marks each object of a release, and refuses to write one that another release has (Helm: pkg/action/validate.go). It marks
neither hooks nor definitions of the folder `crds`.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.manifest import Manifest, annotations_of, labels_of, text

_NAME, _NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
_MANAGED_BY, _HELM = "app.kubernetes.io/managed-by", "Helm"


@dataclass(frozen=True, slots=True)
class HelmRelease:
    name: str
    namespace: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def owns(self, live: Manifest) -> bool:
        """Whether Helm marked this object as one of this release."""
        return release_of(live) == self


def release_of(live: Manifest) -> HelmRelease | None:
    """The release that an object belongs to; None if it belongs to none."""
    annotations = annotations_of(live)
    name, namespace = text(annotations, _NAME), text(annotations, _NAMESPACE)
    marked = text(labels_of(live), _MANAGED_BY) == _HELM and name and namespace
    return HelmRelease(name, namespace) if marked else None
