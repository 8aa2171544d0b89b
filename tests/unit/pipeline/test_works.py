"""Works are made from what was compiled, and only what changed is made again."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import WorkMaker, make_works
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import NOW, Files, compile_files, load
from tests.support.shop import BROKEN, SHOP, on, policy_file, workload

M3 = ClusterName("m3")


def api_policy(more: str) -> str:
    return policy_file("api", "Deployment", on("m3"), more=more)


def names(files: Files, cluster: ClusterName) -> list[str]:
    return [manifest.key.name for manifest in make_works(compile_files(files))[cluster].manifests]


def test_every_declared_cluster_has_a_work() -> None:
    works = make_works(compile_files(SHOP))
    assert list(works) == ["m1", "m2", "m3"]
    assert all(work.cluster == name for name, work in works.items())
    assert names(SHOP | {"api/policy.yaml": api_policy("")}, M3).count("api") == 1


def test_suspended_objects_are_named() -> None:
    works = make_works(compile_files(SHOP | {"api/policy.yaml": api_policy("suspension: {dispatching: true}")}))
    assert {key.name for key in works[M3].suspended} == {"api"}


def test_objects_that_are_let_go_are_named() -> None:
    works = make_works(compile_files(SHOP | {"api/policy.yaml": api_policy("preserveResourcesOnDeletion: true")}))
    assert {key.name for key in works[M3].preserved} == {"api"}


def test_an_object_whose_override_cannot_be_read_is_held() -> None:
    recorded = assume_applied(compile_files(SHOP))
    works = make_works(compile_files(SHOP | {"settings/tier.yaml": BROKEN}, recorded))
    (held,) = {key for work in works.values() for key in work.held}
    assert all(held not in {manifest.key for manifest in work.manifests} for work in works.values())


def test_the_same_result_gives_the_same_works() -> None:
    maker, compiled = WorkMaker(), compile_files(SHOP)
    works = maker.works(compiled)
    assert maker.works(compiled) is works
    assert maker.works(replace(compiled)) is not works
    assert maker.works(compiled) == works == make_works(compiled)


def test_an_edit_leaves_the_other_manifests_as_they_are() -> None:
    maker, compiler = WorkMaker(), Compiler()
    before = maker.works(compiler.compile(load(SHOP, compiler), RecordedState(), NOW))
    edited = SHOP | {"web/deployment.yaml": workload("web", 6)}
    after = maker.works(compiler.compile(load(edited, compiler), RecordedState(), NOW))
    for name, work in after.items():
        earlier = {manifest.key: manifest for manifest in before[name].manifests}
        assert all(manifest is earlier[manifest.key] for manifest in work.manifests if manifest.key.name != "web")
