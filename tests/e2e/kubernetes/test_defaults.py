"""`with_defaults` is held against a real kube-apiserver, for every built-in kind in every version that it serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.interpreter.defaults import with_defaults
from tests.controlplane.defaulting import Ask, NotDecodedError, defaulting_server
from tests.controlplane.record_defaults import SERVER_TIMES
from tests.controlplane.samples import Kind, kinds, sample, samples

NOT_SERVED = {
    "authentication.k8s.io/v1 SelfSubjectReview": "a question",
    "authentication.k8s.io/v1 TokenRequest": "a subresource",
    "authentication.k8s.io/v1 TokenReview": "a question",
    "authorization.k8s.io/v1 LocalSubjectAccessReview": "a question",
    "authorization.k8s.io/v1 SelfSubjectAccessReview": "a question",
    "authorization.k8s.io/v1 SelfSubjectRulesReview": "a question",
    "authorization.k8s.io/v1 SubjectAccessReview": "a question",
    "autoscaling/v1 Scale": "a subresource",
    "certificates.k8s.io/v1alpha1 ClusterTrustBundle": "behind a gate",
    "certificates.k8s.io/v1beta1 ClusterTrustBundle": "behind a gate",
    "certificates.k8s.io/v1beta1 PodCertificateRequest": "behind a gate",
    "policy/v1 Eviction": "a subresource",
    "scheduling.k8s.io/v1alpha2 PodGroup": "behind a gate",
    "scheduling.k8s.io/v1alpha2 Workload": "behind a gate",
    "storagemigration.k8s.io/v1beta1 StorageVersionMigration": "behind a gate",
    "v1 Binding": "a subresource",
    "v1 ComponentStatus": "cannot be created",
    "v1 Status": "an answer",
}
"""Kinds of the schemas that the server does not let anyone create, each with the reason."""

GENERATION = "deprecated.daemonset.template.generation"
"""An annotation in which the API server keeps a number for itself."""


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with defaulting_server() as function:
        yield function


def name_of(kind: Kind) -> str:
    return f"{kind.api_version} {kind.kind}"


SERVED = [kind for kind in kinds() if name_of(kind) not in NOT_SERVED]


@pytest.mark.parametrize("kind", SERVED, ids=name_of)
def test_the_defaults_are_those_of_the_server(kind: Kind, ask: Ask) -> None:
    for manifest in samples(kind):
        assert comparable(with_defaults(manifest)) == comparable(ask(manifest))


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_stated_the_defaults_are_those_of_the_server(ask: Ask, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(SERVED))
    share = data.draw(st.sampled_from((0.2, 0.4, 0.8)))
    manifest = sample(kind, data.draw(st.randoms(use_true_random=False)), share)
    assert comparable(with_defaults(manifest)) == comparable(ask(manifest))


@pytest.mark.parametrize("name", sorted(NOT_SERVED))
def test_no_kind_is_left_out_that_the_server_serves(name: str, ask: Ask) -> None:
    api_version, kind = name.split()
    with pytest.raises(NotDecodedError, match="is not served"):
        ask({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}})


def comparable(manifest: Any) -> Any:
    """Without status, which is not applied, without times of the server, and without labels or annotations if there are none."""
    metadata = {name: value for name, value in manifest["metadata"].items() if value}
    if annotations := metadata.get("annotations"):
        metadata["annotations"] = {name: value for name, value in annotations.items() if name != GENERATION}
    return _without_times({**{name: value for name, value in manifest.items() if name != "status"}, "metadata": metadata})


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_times(item) for name, item in value.items() if name not in SERVER_TIMES}
    return [_without_times(item) for item in value] if isinstance(value, list) else value
