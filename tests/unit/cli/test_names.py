"""Kinds as people type them."""

from __future__ import annotations

import pytest

from reconciler.cli.names import full_kind


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("deploy", "deployment"), ("Deployment", "deployment"), ("deployments", "deployment"), ("deployments.apps", "deployment"),
        ("deployment.v1.apps", "deployment"), ("svc", "service"), ("services", "service"), ("ing", "ingress"),
        ("ingress", "ingress"), ("ingresses", "ingress"), ("endpoints", "endpoints"), ("ep", "endpoints"), ("cm", "configmap"),
        ("PVC", "persistentvolumeclaim"), ("sts", "statefulset"), ("networkpolicies", "networkpolicy"), ("ns", "namespace"),
        ("storageclass", "storageclass"), ("storageclasses", "storageclass"), ("crds", "customresourcedefinition"),
        ("gatewayclasses", "gatewayclass"), ("ipaddresses", "ipaddress"), ("proxies", "proxy"), ("leases", "lease"),
        ("featureflags", "featureflag"), ("FeatureFlag.platform.example.com", "featureflag"),
    ],
)  # fmt: skip
def test_full_kind(typed: str, kind: str) -> None:
    assert full_kind(typed) == kind
