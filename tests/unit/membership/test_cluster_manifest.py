"""The text of the file that declares a Cluster: edits, and the removal of the Cluster."""

from __future__ import annotations

import json

import pytest

from reconciler.documents.errors import DocumentError
from reconciler.membership.cluster_manifest import (
    ClusterAttributes,
    FieldEdit,
    attribute_edits,
    edit_cluster,
    new_cluster_text,
    remove_cluster,
)
from reconciler.model.manifest import with_value

CLUSTER = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "m"}, "spec": {"zone": "a"}}
EDITS = [FieldEdit(("spec", "region"), "eu"), FieldEdit(("spec", "zone"), None)]


def test_a_new_file_has_the_attributes() -> None:
    attributes = ClusterAttributes({"b": "yes", "a": "1"}, provider="aws", zones=("z",))
    assert new_cluster_text("m", attribute_edits(attributes)) == (
        "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata:\n"
        '  labels:\n    a: "1"\n    b: "yes"\n  name: m\n'
        "spec:\n  provider: aws\n  syncMode: Push\n  zones:\n  - z\n"
    )


def test_an_empty_value_makes_no_edit() -> None:
    assert attribute_edits(ClusterAttributes()) == []


def test_a_json_file_stays_json() -> None:
    text = json.dumps(CLUSTER, indent=4)
    assert json.loads(edit_cluster("m.json", text, "m", EDITS)) == {**CLUSTER, "spec": {"region": "eu"}}
    assert edit_cluster("m.json", text, "m", [FieldEdit(("spec", "zone"), "a")]) == text
    assert remove_cluster("m.json", text, "m") is None


@pytest.mark.parametrize("file", ["list.json", "list.yaml"])
def test_a_list_keeps_its_other_items(file: str) -> None:
    other = with_value(CLUSTER, ("metadata", "name"), "n")
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [other, CLUSTER]}, indent=2) + "\n"
    assert edit_cluster(file, text, "m", EDITS).count("eu") == 1
    rest = remove_cluster(file, text, "m")
    assert rest is not None
    assert ('"n"' in rest, '"m"' in rest) == (True, False)


def test_a_file_without_the_cluster_is_an_error() -> None:
    with pytest.raises(DocumentError, match="does not declare the Cluster x"):
        edit_cluster("m.json", json.dumps(CLUSTER), "x", EDITS)
