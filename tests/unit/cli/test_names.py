"""Kinds as people type them."""

from __future__ import annotations

import pytest

from reconciler.cli.names import possible_kinds


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("deploy", "deployment"), ("Deployment", "deployment"), ("deployments", "deployment"), ("deployments.apps", "deployment"),
        ("deployment.v1.apps", "deployment"), ("svc", "service"), ("services", "service"), ("ing", "ingress"),
        ("ingress", "ingress"), ("ingresses", "ingress"), ("endpoints", "endpoints"), ("ep", "endpoints"), ("cm", "configmap"),
        ("PVC", "persistentvolumeclaim"), ("sts", "statefulset"), ("networkpolicies", "networkpolicy"), ("ns", "namespace"),
        ("storageclass", "storageclass"), ("storageclasses", "storageclass"), ("crds", "customresourcedefinition"),
        ("gatewayclasses", "gatewayclass"), ("ipaddresses", "ipaddress"), ("proxies", "proxy"), ("leases", "lease"),
        ("featureflags", "featureflag"), ("prometheus", "prometheus"), ("FeatureFlag.platform.example.com", "featureflag"),
    ],
)  # fmt: skip
def test_the_kind_is_among_those_meant(typed: str, kind: str) -> None:
    assert kind in possible_kinds(typed)


def test_a_short_name_means_one_kind() -> None:
    assert possible_kinds("deploy") == {"deployment"}
    assert possible_kinds("deployments") == {"deployment", "deployments"}
