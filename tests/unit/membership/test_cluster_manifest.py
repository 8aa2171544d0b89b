"""The file that declares a Cluster, edited and left."""

from __future__ import annotations

import json

import pytest

from reconciler.documents.complaints import DocumentError
from reconciler.membership.cluster_manifest import Edit, Facts, declared, edited, edits_of, withdrawn
from reconciler.model.manifest import with_value

CLUSTER = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "m"}, "spec": {"zone": "a"}}
EDITS = [Edit(("spec", "region"), "eu"), Edit(("spec", "zone"), None)]


def test_a_new_file_says_what_is_known() -> None:
    facts = Facts({"b": "yes", "a": "1"}, provider="aws", zones=("z",))
    assert declared("m", edits_of(facts)) == (
        "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata:\n"
        '  labels:\n    a: "1"\n    b: "yes"\n  name: m\n'
        "spec:\n  provider: aws\n  syncMode: Push\n  zones:\n  - z\n"
    )


def test_what_is_empty_is_not_touched() -> None:
    assert edits_of(Facts()) == []


def test_a_json_file_stays_one() -> None:
    text = json.dumps(CLUSTER, indent=4)
    assert json.loads(edited("m.json", text, "m", EDITS)) == {**CLUSTER, "spec": {"region": "eu"}}
    assert edited("m.json", text, "m", [Edit(("spec", "zone"), "a")]) == text
    assert withdrawn("m.json", text, "m") is None


@pytest.mark.parametrize("file", ["list.json", "list.yaml"])
def test_a_list_keeps_its_other_items(file: str) -> None:
    other = with_value(CLUSTER, ("metadata", "name"), "n")
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [other, CLUSTER]}, indent=2) + "\n"
    assert edited(file, text, "m", EDITS).count("eu") == 1
    left = withdrawn(file, text, "m")
    assert left is not None
    assert ('"n"' in left, '"m"' in left) == (True, False)


def test_a_file_without_the_cluster_is_an_error() -> None:
    with pytest.raises(DocumentError, match="does not declare the Cluster x"):
        edited("m.json", json.dumps(CLUSTER), "x", EDITS)
