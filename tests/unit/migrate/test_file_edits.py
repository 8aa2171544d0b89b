"""The files of an import against those of the repository."""

from __future__ import annotations

from typing import Any

from reconciler.migrate.file_edits import declaring_files, file_edits
from reconciler.migrate.imported import ImportedFile
from reconciler.model.keys import ResourceKey
from tests.support.fleet import document
from tests.support.in_memory_fleet import load
from tests.support.shop import cluster_file
from tests.unit.load.test_karmada_kinds import KINDS, READ

FILES = [ImportedFile(f"{name}.yaml", name) for name in "abcd"]


def test_a_file_that_differs_is_left_without_leave() -> None:
    present = {"a.yaml": "a", "b.yaml": "changed by somebody"}
    found = file_edits(FILES, present, {"c.yaml": "moved/c.yaml"})
    assert [edit.file for edit in found.edits] == ["d.yaml"]
    assert (found.same, found.differing, dict(found.declared)) == (("a.yaml",), ("b.yaml",), {"c.yaml": "moved/c.yaml"})
    given = file_edits(FILES, present, {}, overwrite=True)
    assert [(edit.file, edit.change(present.get(edit.file))) for edit in given.edits] == [
        ("b.yaml", "b"),
        ("c.yaml", "c"),
        ("d.yaml", "d"),
    ]


def test_a_file_with_other_objects_is_never_replaced() -> None:
    """They would be gone from Git, and then from the members."""
    found = file_edits(FILES[:1], {"a.yaml": "a and b"}, {}, overwrite=True, holding_more=["a.yaml"])
    assert (found.edits, found.differing, found.holding_more) == ((), ("a.yaml",), ("a.yaml",))


def test_what_is_written_once_is_the_same_the_second_time() -> None:
    first = file_edits(FILES, {}, {})
    present = {edit.file: edit.change(None) or "" for edit in first.edits}
    second = file_edits(FILES, present, {})
    assert (second.edits, second.differing) == ((), ())


def test_it_is_known_which_file_declares_what() -> None:
    found = declaring_files(load({"somewhere/m1.yaml": cluster_file("m1")}))
    assert found[ResourceKey("cluster.karmada.io", "Cluster", "", "m1")] == "somewhere/m1.yaml"


WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
RULE = {"name": "day", "schedule": "0 8 * * *", "targetReplicas": 3}
SPECS: dict[str, tuple[str, dict[str, Any]]] = {
    "Cluster": ("cluster.karmada.io/v1alpha1", {"syncMode": "Push"}),
    "PropagationPolicy": ("policy.karmada.io/v1alpha1", {"resourceSelectors": [WEB]}),
    "ClusterPropagationPolicy": ("policy.karmada.io/v1alpha1", {"resourceSelectors": [WEB]}),
    "OverridePolicy": ("policy.karmada.io/v1alpha1", {"overrideRules": []}),
    "ClusterOverridePolicy": ("policy.karmada.io/v1alpha1", {"overrideRules": []}),
    "FederatedResourceQuota": ("policy.karmada.io/v1alpha1", {"overall": {"cpu": "1"}}),
    "ClusterTaintPolicy": ("policy.karmada.io/v1alpha1", {"taints": [{"key": "a", "effect": "NoSchedule"}]}),
    "WorkloadRebalancer": ("apps.karmada.io/v1alpha1", {"workloads": [{**WEB, "namespace": "shop"}]}),
    "Remedy": ("remedy.karmada.io/v1alpha1", {"actions": ["TrafficControl"]}),
    "ResourceInterpreterCustomization": (
        "config.karmada.io/v1alpha1",
        {"target": {"apiVersion": "x.io/v1", "kind": "X"}, "customizations": {}},
    ),
    "MultiClusterService": ("networking.karmada.io/v1alpha1", {"types": ["CrossCluster"]}),
    "FederatedHPA": (
        "autoscaling.karmada.io/v1alpha1",
        {"scaleTargetRef": WEB, "minReplicas": 1, "maxReplicas": 3, "metrics": [CPU]},
    ),
    "CronFederatedHPA": ("autoscaling.karmada.io/v1alpha1", {"scaleTargetRef": WEB, "rules": [RULE]}),
}


def test_each_imported_object_is_found_wherever_somebody_moved_it() -> None:
    """Else a second import would declare it twice."""
    assert SPECS.keys() == {kind for (_, kind), what in KINDS.items() if what == READ}
    files = {f"moved/{kind}.json": document(kind, "one", api=api, spec=spec) for kind, (api, spec) in SPECS.items()}
    desired = load(files)
    found = {(key.kind, key.name): file for key, file in declaring_files(desired).items()}
    assert found == {(kind, "one"): f"moved/{kind}.json" for kind in SPECS}, desired.issues
