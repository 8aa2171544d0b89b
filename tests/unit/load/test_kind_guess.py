"""Which kind is proposed where nothing defines the kind of an object."""

from __future__ import annotations

import pytest

from reconciler.load.kind_guess import guess_kind
from reconciler.model.keys import GroupVersionKind


@pytest.mark.parametrize(
    ("api", "kind", "guess"),
    [
        ("apps/v1", "Deploymnt", "Did you mean Deployment?"),
        ("app/v1", "Deploymnt", "Did you mean apps/v1 Deployment?"),
        ("networkng.k8s.io/v1", "Ingres", "Did you mean networking.k8s.io/v1 Ingress?"),
        ("extensions.example.com/v1", "Ingress", "Did you mean networking.k8s.io/v1 Ingress?"),
        ("cert-manager.io/v1", "Certificate", ""),
        ("argoproj.io/v1alpha1", "Workflow", ""),
    ],
)
def test_a_kind_of_another_project_is_no_misspelt_one(api: str, kind: str, guess: str) -> None:
    assert guess_kind(GroupVersionKind.parse(api, kind)) == guess
