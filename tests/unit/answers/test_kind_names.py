"""Kinds as people type them."""

from __future__ import annotations

import pytest

from reconciler.answers.kind_names import guessed_object, is_cluster_scoped
from reconciler.answers.short_names import possible_kinds
from reconciler.model.keys import ResourceKey


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


@pytest.mark.parametrize(
    ("kind", "name", "guess"),
    [
        ("deploymnt", "web", "Did you mean deployment/web?"), ("dep", "web", "Did you mean deployment/web?"),
        ("deploy", "wbe", "Did you mean deployment/web?"), ("d", "web", ""), ("svc", "other", ""), ("dep", "other", ""),
    ],
)  # fmt: skip
def test_an_object_that_is_probably_meant(kind: str, name: str, guess: str) -> None:
    assert guessed_object(kind, name, [ResourceKey("apps", "Deployment", "shop", "web")]) == guess


def test_an_object_of_another_namespace_is_named_with_it() -> None:
    keys = [ResourceKey("apps", "Deployment", namespace, "web") for namespace in ("shop", "test")]
    assert guessed_object("deploy", "web", keys) == "It is in shop, test: write -n shop."


@pytest.mark.parametrize(
    ("typed", "answer"), [("ns", True), ("nodes", True), ("deploy", False), ("all", False), ("widgets", False)]
)
def test_kinds_that_are_in_no_namespace(typed: str, answer: bool) -> None:
    assert is_cluster_scoped(typed) is answer
