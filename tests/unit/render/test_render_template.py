"""From template and binding to manifests: numbers, sharing, marks, failures."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_stream
from reconciler.load.parse import parse_override_policy
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import gvk_of, key_of
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.ownership import is_ours, owned_id
from reconciler.render.digest import digest_of
from reconciler.render.render_template import RenderContext, Rendering, render_template

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "prod", "uid": "u"},
    "spec": {"replicas": 2},
}
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "job", "namespace": "prod"},
    "spec": {"parallelism": 4, "completions": 10},
}


def rendered(manifest: dict[str, Any], replicas: dict[str, int], *operations: Any, **binding: Any) -> Rendering:
    """`operations` are one plaintext rule for the cluster m1."""
    template = ResourceTemplate(key_of(manifest), gvk_of(manifest), manifest, Origin("app.yaml", 7))
    rule = {"targetCluster": {"clusterNames": ["m1"]}, "overriders": {"plaintext": list(operations)}}
    document = {"kind": "OverridePolicy", "metadata": {"name": "p", "namespace": "prod"}, "spec": {"overrideRules": [rule]}}
    policies = (parse_override_policy(document, Origin("p.yaml")),) if operations else ()
    clusters = tuple(Cluster(ClusterName(name)) for name in ("m1", "m2", "m3"))
    targets = tuple(TargetCluster(ClusterName(name), count) for name, count in replicas.items())
    decided = Binding(template.key, None, targets, sum(replicas.values()), **binding)
    return render_template(template, decided, "", RenderContext(clusters, policies, "fleet", Memo()))


def in_cluster(rendering: Rendering, name: str) -> Any:
    return rendering.manifests[ClusterName(name)]


def test_clusters_that_agree_share_one_manifest() -> None:
    rendering = rendered(DEPLOYMENT, {"m1": 3, "m2": 5, "m3": 3}, workload=True)
    assert in_cluster(rendering, "m1") is in_cluster(rendering, "m3")
    assert [in_cluster(rendering, name).manifest["spec"]["replicas"] for name in ("m1", "m2")] == [3, 5]
    assert [in_cluster(rendering, name).replicas for name in ("m1", "m2")] == [3, 5]


def test_without_a_workload_the_template_keeps_its_number_and_everyone_shares() -> None:
    rendering = rendered(DEPLOYMENT, {"m1": 3, "m2": 5})
    assert in_cluster(rendering, "m1") is in_cluster(rendering, "m2")
    assert in_cluster(rendering, "m1").manifest["spec"]["replicas"] == 2
    assert in_cluster(rendering, "m1").replicas is None


def test_marks_and_digest() -> None:
    one = in_cluster(rendered(DEPLOYMENT, {"m1": 2}), "m1")
    assert is_ours(one.manifest, "fleet")
    assert one.digest == digest_of({**DEPLOYMENT, "metadata": {"name": "web", "namespace": "prod"}})
    assert (one.origin, one.key) == (Origin("app.yaml", 7), key_of(DEPLOYMENT))


def test_overrides_have_the_last_word_on_numbers_and_none_on_what_is_cleaned() -> None:
    operations = (
        {"path": "/spec/replicas", "operator": "replace", "value": 9},
        {"path": "/status", "operator": "add", "value": {}},
    )
    rendering = rendered(DEPLOYMENT, {"m1": 3, "m2": 3}, *operations, workload=True)
    one = in_cluster(rendering, "m1")
    assert one.manifest["spec"] == {"replicas": 9}
    assert "status" not in one.manifest
    assert [applied.paths for applied in one.overrides] == [("/spec/replicas", "/status")]
    assert in_cluster(rendering, "m2").overrides == ()


def test_a_renamed_object_is_another_object() -> None:
    rename = {"path": "/metadata/name", "operator": "replace", "value": "other"}
    one = in_cluster(rendered(DEPLOYMENT, {"m1": 2}, rename), "m1")
    assert one.key.name == "other"
    assert owned_id(one.manifest) == one.key


def test_a_failing_override_voids_one_cluster_only() -> None:
    rendering = rendered(DEPLOYMENT, {"m1": 2, "m2": 2}, {"path": "/nope", "operator": "remove"})
    assert list(rendering.manifests) == ["m2"]
    issue = rendering.failed[ClusterName("m1")]
    assert (issue.reason, issue.origin.file) == ("OverrideFailed", "p.yaml")


@pytest.mark.parametrize(
    ("manifest", "binding"),
    [
        ({**DEPLOYMENT, "spec": {"replicas": "2"}}, {"workload": True}),
        ({**JOB, "spec": {"completions": "2"}}, {"workload": True, "divided": True}),
    ],
)
def test_a_malformed_object_fails_everywhere(manifest: dict[str, Any], binding: dict[str, bool]) -> None:
    rendering = rendered(manifest, {"m1": 1, "m2": 1}, **binding)
    assert rendering.manifests == {}
    assert {issue.reason for issue in rendering.failed.values()} == {"MalformedObject"}
    assert {issue.origin for issue in rendering.failed.values()} == {Origin("app.yaml", 7)}


@pytest.mark.parametrize(("divided", "completions"), [(True, [3, 7]), (False, [10, 10])])
def test_completions_are_shared_out_when_replicas_are(divided: bool, completions: list[int]) -> None:
    rendering = rendered(JOB, {"m1": 1, "m2": 2}, workload=True, divided=divided)
    assert [in_cluster(rendering, name).manifest["spec"]["completions"] for name in ("m1", "m2")] == completions


def test_a_target_that_no_cluster_file_declares_gets_nothing() -> None:
    rendering = rendered(DEPLOYMENT, {"gone": 2})
    assert (rendering.manifests, rendering.failed) == ({}, {})


def test_the_digest_ignores_the_order_of_members() -> None:
    assert digest_of({"a": 1, "b": [{"c": 1, "d": 2}]}) == digest_of({"b": [{"d": 2, "c": 1}], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})


NUMBERS = ["18446744073709551616", "9223372036854775808", "-9223372036854775809", "1e19", "100000000000000000000"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("read", [read_stream, read_json])
def test_an_integer_beyond_64_bits_has_a_digest(number: str, read: Any) -> None:
    """Kubernetes reads such a number as a float."""
    documents, errors = read(f'{{"kind": "A", "storage": {number}}}')
    assert not errors
    assert digest_of(documents[0].value).startswith("sha256:")
