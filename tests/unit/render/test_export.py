"""The files of an export."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.parse_settings import parse_settings
from reconciler.model.adoption import Adopted
from reconciler.model.cluster import Cluster
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.customization import Customization, DeclaredScript, Operation
from reconciler.model.issues import error
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import marked
from reconciler.model.sealed import Sealed
from reconciler.model.settings import DeclaredKind, PruneGuard, Settings
from reconciler.model.work import RenderedManifest, Work
from reconciler.model.write_policy import (
    Apply,
    DriftPolicy,
    IgnoreRule,
    Language,
    ObjectSelector,
    Query,
    WriteRule,
    WriteRules,
)
from reconciler.render.export import LIST, Export, export, known_digests

SITE = Cluster(ClusterName("site7"), labels={"tier": "edge"}, region="north", zones=("n1",), sync_mode="Pull")
A, B, C = (ResourceKey("", "ConfigMap", "shop", name) for name in "abc")
SECRET = ResourceKey("", "Secret", "shop", "s")
NAMESPACE = ResourceKey("", "Namespace", "", "shop")
FILES = {A: "objects/shop/ConfigMap/a.yaml", B: "objects/shop/ConfigMap/b.yaml", C: "objects/shop/ConfigMap/c.yaml"}


def rendered(key: ResourceKey, value: str = "1", **fields: Any) -> RenderedManifest:
    metadata = {"name": key.name} | ({"namespace": key.namespace} if key.namespace else {})
    manifest: dict[str, Any] = {"apiVersion": "v1", "kind": key.kind, "metadata": metadata, "data": {"value": value}}
    digest = f"sha256:{value}"
    return RenderedManifest(key, marked(manifest, key, digest, "reconciler"), digest, NOWHERE, **fields)


def exported(*manifests: RenderedManifest, present: dict[str, bytes] | None = None, **fields: Any) -> Export:
    names = ("settings", "customizations", "secrets", "member")
    given = {name: fields.pop(name) for name in names if name in fields}
    work = replace(Work(SITE.name, manifests), **fields)
    settings, customizations = given.get("settings", Settings()), given.get("customizations", ())
    member, secrets = given.get("member", SITE), given.get("secrets", False)
    return export(work, member, settings, customizations, present or {}, secrets=secrets)


def after(done: Export, present: dict[str, bytes] | None = None) -> dict[str, bytes]:
    return {path: content for path, content in {**(present or {}), **done.changes}.items() if content is not None}


def policies(files: dict[str, bytes]) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["spec"] for one in yaml.safe_load_all(files["policies.yaml"])}


def test_each_object_is_a_clean_file_and_is_selected_by_name() -> None:
    done = exported(rendered(A), rendered(NAMESPACE))
    files = after(done)
    assert sorted(files) == [
        LIST,
        "cluster.yaml",
        "objects/_cluster/Namespace/shop.yaml",
        FILES[A],
        "policies.yaml",
        "reconciler.yaml",
    ]
    assert (done.objects, done.left_out) == (2, ())
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}, "data": {"value": "1"}}
    assert yaml.safe_load(files[FILES[A]]) == document
    assert policies(files) == {
        "abort": {
            "conflictResolution": "Abort",
            "placement": {"clusterAffinity": {"clusterNames": ["site7"]}},
            "resourceSelectors": [
                {"apiVersion": "v1", "kind": "Namespace", "name": "shop"},
                {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "namespace": "shop"},
            ],
        }
    }
    assert known_digests(files[LIST]) == {A: "sha256:1", NAMESPACE: "sha256:1"}


def test_the_second_time_nothing_changes() -> None:
    files = after(exported(rendered(A), rendered(B)))
    assert exported(rendered(A), rendered(B), present=files).changes == {}


def test_the_way_of_handling_an_object_decides_about_its_policy() -> None:
    several = rendered(A), rendered(B, conflict_resolution="Overwrite"), rendered(C, conflict_resolution="Overwrite")
    found = policies(after(exported(*several, preserved=frozenset({C}))))
    assert {name: [one["name"] for one in spec["resourceSelectors"]] for name, spec in found.items()} == {
        "abort": ["a"],
        "overwrite": ["b"],
        "overwrite-preserve": ["c"],
    }
    assert found["overwrite-preserve"]["preserveResourcesOnDeletion"] is True
    assert {spec["conflictResolution"] for name, spec in found.items() if name != "abort"} == {"Overwrite"}


def test_what_stays_as_it_is_on_the_member_keeps_its_file_and_is_suspended() -> None:
    files = after(exported(rendered(A), rendered(B), rendered(C)))
    issue = error("X", "x", "y", origin=NOWHERE)
    done = exported(rendered(C, "2"), present=files, held=frozenset({A}), failed={B: issue}, suspended=frozenset({C}))
    assert set(done.changes) == {"policies.yaml"}
    found = policies(after(done, files))
    assert list(found) == ["as-it-is"]
    assert found["as-it-is"]["suspension"] == {"dispatching": True}
    assert known_digests(after(done, files)[LIST])[C] == "sha256:1", "what is there is the old manifest"


def test_an_object_that_is_suspended_and_was_never_there_is_not_made() -> None:
    assert exported(rendered(A), suspended=frozenset({A})).objects == 0


def test_what_sops_encrypted_is_left_out_also_with_secrets_and_its_copy_stays() -> None:
    sealed = Sealed("0" * 40, "a.sops.yaml", b"")
    done = exported(rendered(A, sealed=sealed), rendered(SECRET, sealed=sealed), secrets=True)
    assert (done.objects, done.left_out) == (0, (A, SECRET))
    files = after(exported(rendered(A)))
    kept = exported(rendered(A, "ENC", sealed=sealed), present=files, secrets=True)
    assert after(kept, files)[FILES[A]] == files[FILES[A]]
    assert list(policies(after(kept, files))) == ["as-it-is"]


def test_a_copy_that_only_waits_for_its_successor_is_not_made() -> None:
    assert exported(rendered(A), leaving=frozenset({A})).objects == 0
    files = after(exported(rendered(A)))
    assert after(exported(rendered(A), leaving=frozenset({A}), present=files), files) == files


def test_secrets_are_part_of_it_on_request_only() -> None:
    done = exported(rendered(A), rendered(SECRET))
    assert (done.left_out, done.secrets_lost, "Secret" in str(done.changes)) == ((SECRET,), (), False)
    files = after(exported(rendered(A), rendered(SECRET), secrets=True))
    assert "objects/shop/Secret/s.yaml" in files
    assert SECRET not in known_digests(files[LIST]), "its values could be guessed from a digest"


@pytest.mark.parametrize("held", [frozenset[ResourceKey](), frozenset({SECRET})])
def test_an_export_without_them_says_which_secrets_the_member_would_lose(held: frozenset[ResourceKey]) -> None:
    files = after(exported(rendered(A), rendered(SECRET), secrets=True))
    found = exported(rendered(A), *(() if held else (rendered(SECRET),)), present=files, held=held)
    assert found.secrets_lost == ("objects/shop/Secret/s.yaml",)
    assert exported(rendered(A), rendered(SECRET), present=files, secrets=True).secrets_lost == ()


def test_the_job_of_a_gate_has_its_name_in_git() -> None:
    declared = ResourceKey("batch", "Job", "shop", "migrate")
    manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "migrate-0123456789",
            "namespace": "shop",
            "annotations": {"reconciler.dev/gate": "before", "reconciler.dev/gate-of": "migrate"},
        },
    }
    key = declared._replace(name="migrate-0123456789")
    one = RenderedManifest(key, marked(manifest, key, "sha256:1", "r"), "sha256:1", NOWHERE, template=declared)
    files = after(exported(one))
    written = yaml.safe_load(files["objects/shop/Job.batch/migrate.yaml"])
    assert written["metadata"] == {"name": "migrate", "namespace": "shop", "annotations": {"reconciler.dev/gate": "before"}}
    assert known_digests(files[LIST]) == {declared: "sha256:1"}


def test_the_cluster_names_no_credential_and_has_no_taint() -> None:
    member = replace(
        SITE,
        annotations={"reconciler.dev/kubeconfig": "site7.conf", "reconciler.dev/report-every": "720h", "team": "x"},
        secret_ref="system/site7",
        proxy_url="https://user:password@proxy.example.com",
        api_endpoint="https://10.0.0.1:6443",
    )
    assert yaml.safe_load(after(exported(member=member))["cluster.yaml"]) == {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "site7", "labels": {"tier": "edge"}, "annotations": {"reconciler.dev/kubeconfig": "site7.conf"}},
        "spec": {"syncMode": "Push", "apiEndpoint": "https://10.0.0.1:6443", "region": "north", "zones": ["n1"]},
    }


def test_the_configuration_says_what_matters_for_applying_on_this_member() -> None:
    here, elsewhere = ClusterAffinity(cluster_names=("site7",)), ClusterAffinity(cluster_names=("site8",))
    queries = (Query(Language.POINTER, "/spec/x"), Query(Language.JQ, ".data.y"))
    rules = WriteRules(
        (
            IgnoreRule(ObjectSelector(kind="ConfigMap", target=here), queries, ("kubectl",)),
            IgnoreRule(ObjectSelector(target=elsewhere)),
        ),
        (WriteRule(ObjectSelector(group="", name="a"), Apply.CREATE_ONLY), WriteRule(ObjectSelector(target=elsewhere))),
        DriftPolicy.REPORT,
    )
    settings = Settings(
        instance="blue",
        prune_guard=PruneGuard(0.25, 1),
        former_field_managers=("tool",),
        adopt=(Adopted.KARMADA,),
        kinds=(DeclaredKind(GroupVersionKind("example.org", "v1", "Widget"), namespaced=True),),
        write_rules=rules,
        gate_timeout=timedelta(minutes=3),
        concurrency=4,
        status_branch="elsewhere",
        handover_timeout=timedelta(hours=9),
    )
    text = after(exported(settings=settings))["reconciler.yaml"]
    assert b"site8" not in text
    found = parse_settings(yaml.safe_load(text))
    own = WriteRules(
        (IgnoreRule(ObjectSelector(kind="ConfigMap"), queries, ("kubectl",)),),
        (WriteRule(ObjectSelector(group="", name="a"), Apply.CREATE_ONLY),),
        DriftPolicy.REPORT,
    )
    defaults = Settings()
    assert found == replace(
        settings, write_rules=own, status_branch=defaults.status_branch, handover_timeout=defaults.handover_timeout
    )


def test_rules_about_the_kinds_of_its_objects_come_along() -> None:
    def rule(name: str, kind: str) -> Customization:
        scripts = {Operation.HEALTH: DeclaredScript("function InterpretHealth(o) return true end")}
        return Customization(name, GroupVersionKind("", "v1", kind), scripts)

    files = after(exported(rendered(A), customizations=(rule("maps", "ConfigMap"), rule("pods", "Pod"))))
    (found,) = yaml.safe_load_all(files["interpreters.yaml"])
    assert (found["metadata"]["name"], found["spec"]["target"]) == ("maps", {"apiVersion": "v1", "kind": "ConfigMap"})
    assert found["spec"]["customizations"] == {
        "healthInterpretation": {"luaScript": "function InterpretHealth(o) return true end"}
    }


@pytest.mark.parametrize("content", [b"", b"{", b'{"digests": {"x": "y"}}', b'{"digests": {"/ConfigMap/shop/a": 1}}', b"[]"])
def test_a_list_that_is_damaged_names_nothing(content: bytes) -> None:
    assert known_digests(content) == {}


KEYS = st.frozensets(st.sampled_from([A, B, C]))


@given(st.lists(st.tuples(KEYS, KEYS)))
def test_whatever_the_order_the_last_work_is_there_and_what_is_held_stays(
    steps: list[tuple[frozenset[ResourceKey], frozenset[ResourceKey]]],
) -> None:
    files: dict[str, bytes] = {}
    for number, (wanted, held) in enumerate(steps):
        before = files
        done = exported(*(rendered(key, str(number)) for key in sorted(wanted - held)), held=held, present=files)
        files = after(done, files)
        here = {key for key, path in FILES.items() if path in files}
        assert here == (wanted - held) | {key for key in held if FILES[key] in before}
        assert done.objects == len(here)
        assert {key: before[FILES[key]] for key in held & here} == {key: files[FILES[key]] for key in held & here}
        selected = {one["name"] for spec in policies(files).values() for one in spec["resourceSelectors"]} if here else set()
        assert selected == {key.name for key in here}
        assert json.loads(files[LIST])["digests"].keys() == {f"/ConfigMap/shop/{key.name}" for key in here}
