"""The files of a hydrated branch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.issues import error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import marked
from reconciler.model.sealed import Sealed
from reconciler.model.work import RenderedManifest, Work
from reconciler.render.hydrate import LIST, hydrate, retire

M1 = ClusterName("m1")
A, B, C = (ResourceKey("", "ConfigMap", "shop", name) for name in "abc")
FILES = {A: "m1/shop/ConfigMap/a.yaml", B: "m1/shop/ConfigMap/b.yaml", C: "m1/shop/ConfigMap/c.yaml"}


def rendered(key: ResourceKey, value: str = "1") -> RenderedManifest:
    metadata = {"name": key.name, "namespace": key.namespace}
    manifest: dict[str, Any] = {"apiVersion": "v1", "kind": key.kind, "metadata": metadata, "data": {"value": value}}
    return RenderedManifest(key, marked(manifest, key, "sha256:1", "reconciler"), "sha256:1", NOWHERE)


def work(*manifests: RenderedManifest, **fields: Any) -> Work:
    return replace(Work(M1, manifests), **fields)


def after(files: dict[str, bytes], changes: Any) -> dict[str, bytes]:
    return {path: content for path, content in {**files, **changes}.items() if content is not None}


def written(*manifests: RenderedManifest, present: dict[str, bytes] | None = None, **fields: Any) -> dict[str, bytes]:
    present = present or {}
    return after(present, hydrate(work(*manifests, **fields), present, "reconciler").changes)


def test_each_object_is_a_clean_file_in_the_folder_of_its_member() -> None:
    files = written(rendered(A))
    assert sorted(files) == ["m1/.reconciler.json", FILES[A]]
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}, "data": {"value": "1"}}
    assert yaml.safe_load(files[FILES[A]]) == document


def test_the_second_time_nothing_changes() -> None:
    files = written(rendered(A), rendered(B))
    assert hydrate(work(rendered(A), rendered(B)), files, "reconciler").changes == {}


def test_an_object_that_goes_takes_its_file_along_and_the_last_one_the_list() -> None:
    files = written(rendered(A), rendered(B))
    assert sorted(written(rendered(B), present=files)) == ["m1/.reconciler.json", FILES[B]]
    assert written(present=files) == {}


def test_what_stays_as_it_is_on_the_member_stays_here() -> None:
    files = written(rendered(A), rendered(B), rendered(C))
    issue = error("X", "x", "y", origin=NOWHERE)
    kept = written(rendered(C, "2"), present=files, held=frozenset({A}), failed={B: issue}, suspended=frozenset({C}))
    assert kept == files


def test_a_copy_that_only_waits_for_its_successor_is_not_made() -> None:
    assert written(rendered(A), leaving=frozenset({A})) == {}
    files = written(rendered(A))
    assert written(rendered(A), leaving=frozenset({A}), present=files) == files


def test_files_of_others_are_neither_replaced_nor_removed() -> None:
    foreign = {FILES[A]: b"theirs", "m1/README.md": b"x", "m2/shop/ConfigMap/a.yaml": b"y"}
    found = hydrate(work(rendered(A), rendered(B)), foreign, "reconciler")
    assert sorted(found.changes) == ["m1/.reconciler.json", FILES[B]]
    assert found.foreign == (FILES[A],)
    files = after(foreign, found.changes)
    assert after(files, hydrate(work(), files, "reconciler").changes) == foreign


def test_a_folder_of_another_reconciler_is_left_alone() -> None:
    files = written(rendered(A))
    found = hydrate(work(rendered(B)), files, "another")
    assert (found.changes, found.foreign) == ({}, (f"m1/{LIST}",))
    assert retire((), files, "another") == {}
    broken = {**files, f"m1/{LIST}": b"{"}
    assert hydrate(work(rendered(B)), broken, "reconciler").changes == {}


def test_secrets_are_left_out() -> None:
    secret = ResourceKey("", "Secret", "shop", "s")
    found = hydrate(work(rendered(A), rendered(secret)), {}, "reconciler")
    assert (sorted(found.changes), found.secrets) == (["m1/.reconciler.json", FILES[A]], (secret,))


def test_what_sops_encrypted_is_left_out_whatever_its_kind() -> None:
    sealed = replace(rendered(A), sealed=Sealed("0" * 40, "a.sops.yaml", b""))
    found = hydrate(work(sealed), {}, "reconciler")
    assert (found.changes, found.secrets) == ({}, (A,))


def test_what_is_ours_goes_with_a_member_that_is_not_hydrated_any_more() -> None:
    files = {**written(rendered(A)), "m1/README.md": b"x"}
    assert retire(["m1"], files, "reconciler") == {}
    assert after(files, retire([], files, "reconciler")) == {"m1/README.md": b"x"}


KEYS = st.frozensets(st.sampled_from([A, B, C]))
OTHERS = st.dictionaries(st.sampled_from([*FILES.values(), "m1/x", "m2/y"]), st.just(b"theirs"))


@given(OTHERS, st.lists(st.tuples(KEYS, KEYS)))
def test_whatever_the_order_others_keep_their_files_and_the_last_work_is_there(
    others: dict[str, bytes], steps: list[tuple[frozenset[ResourceKey], frozenset[ResourceKey]]]
) -> None:
    files, values = dict(others), iter(range(100))
    for wanted, held in steps:
        step = work(*(rendered(key, str(next(values))) for key in sorted(wanted - held)), held=held)
        before = files
        files = after(files, hydrate(step, files, "reconciler").changes)
        assert {path: files[path] for path in others} == others
        ours = {path for path in files if path not in others and not path.endswith(LIST)}
        assert ours == {
            path
            for key, path in FILES.items()
            if path not in others and (key in wanted - held or (key in held and path in before))
        }
