"""Encrypted files against the recipients that Clusters name."""

from __future__ import annotations

import pytest

from reconciler.model.issues import Issue
from reconciler.pipeline.check_recipients import normal
from tests.support.in_memory_fleet import compile_files
from tests.support.shop import text

VALUE = "ENC[AES256_GCM,data:Tr7o=,iv:1vX=,tag:k3E=,type:str]"


def member(name: str, recipients: str = "") -> str:
    annotations = {"reconciler.dev/sops-recipients": recipients} if recipients else {}
    return f"""
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {{name: {name}, annotations: {annotations}}}
spec: {{syncMode: Push, apiEndpoint: "file:{name}"}}
"""


def found(*recipients: str, m1: str = "", m2: str = "", placed: str = "m1") -> list[Issue]:
    keys = ", ".join(f"{{recipient: {one}}}" for one in recipients)
    policy = f"""
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {{name: p, namespace: shop}}
spec:
  resourceSelectors: [{{apiVersion: v1, kind: Secret}}]
  placement: {{clusterAffinity: {{clusterNames: [{placed}]}}}}
"""
    secret = f"""
apiVersion: v1
kind: Secret
metadata: {{name: a, namespace: shop}}
stringData: {{k: "{VALUE}"}}
sops: {{mac: x, age: [{keys}]}}
"""
    files = {"m1.yaml": member("m1", m1), "m2.yaml": member("m2", m2), "p.yaml": policy, "a.yaml": text(secret)}
    return [one for one in compile_files(files).issues if one.reason.startswith("Recipient")]


def test_a_file_for_all_of_its_members_and_for_people_is_fine() -> None:
    assert not found("age1m1", "age1ann", m1="age1m1", m2="age1m2")
    assert not found("age1m1", "age1m2", m1="age1m1", m2="age1m2", placed="m1, m2")
    assert not found("age1shared", m1="age1shared", m2="age1shared")
    assert not found("age1ann")


def test_a_member_that_cannot_decrypt_its_file_is_told() -> None:
    (issue,) = found("age1ann", m1="age1m1, age1leader")
    assert (issue.reason, issue.origin.file) == ("RecipientMissing", "a.yaml")
    assert "is placed on m1, and a.yaml is not encrypted for age1leader, age1m1" in issue.message
    assert "sops updatekeys a.yaml" in issue.remedy


def test_a_member_that_can_decrypt_what_it_does_not_get_is_told() -> None:
    (issue,) = found("age1m1", "age1m2", m1="age1m1", m2="age1m2")
    assert issue.reason == "RecipientNotPlaced"
    assert "a.yaml is encrypted for m2 (age1m2), where Secret shop/a is not placed" in issue.message


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("ABCD 1234 ABCD 1234", "abcd1234abcd1234", True), ("age1abc", "AGE1ABC", False), ("arn:aws:kms:x", "arn:aws:kms:x", True)],
)
def test_fingerprints_are_compared_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert (normal(one) == normal(other)) is same
