"""Copies of EndpointSlices: names, labels, what is copied, and what never is."""

from __future__ import annotations

import pytest

from reconciler.endpoints.copies import difference, wanted_copies
from reconciler.endpoints.routes import Route
from tests.unit.endpoints.builders import M1, M2, M3, WEB, connected, imported, slice_of

HEADLESS = {**slice_of("web-a", "10.0.0.1"), "endpoints": [{"addresses": ["10.0.0.1"], "hostname": "web-0", "nodeName": "n"}]}


def test_a_copy_for_a_connected_service_has_karmadas_name_and_labels() -> None:
    wanted = wanted_copies(M2, [connected("m1", "m2", to=("m2", "m3"))], {(M1, WEB): [HEADLESS]}, "shop")
    (copy,) = wanted.values()
    assert copy["metadata"] == {
        "name": "m1-web-a",
        "namespace": "shop",
        "labels": {
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-dispatch-controller.karmada.io",
            "reconciler.dev/endpoints-of": "shop",
        },
        "annotations": {"endpointslice.karmada.io/provision-cluster": "m1"},
    }
    assert {name: copy[name] for name in ("endpoints", "ports", "addressType")} == {
        name: HEADLESS[name] for name in ("endpoints", "ports", "addressType")
    }


def test_a_copy_for_an_imported_service_belongs_to_the_derived_one() -> None:
    (copy,) = wanted_copies(M2, [imported("m1", to=("m2",))], {(M1, WEB): [HEADLESS]}, "shop").values()
    assert copy["metadata"]["name"] == "imported-m1-web-a"
    labels = copy["metadata"]["labels"]
    assert labels["kubernetes.io/service-name"] == "derived-web"
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.karmada.io"


@pytest.mark.parametrize("route", [connected("m1", "m2", to=("m1", "m2")), imported("m1", "m2", to=("m1", "m2"))])
def test_no_member_gets_its_own_endpoints(route: Route) -> None:
    sources = {(M1, WEB): [slice_of("a", "10.1.0.1")], (M2, WEB): [slice_of("a", "10.2.0.1")]}
    held = {name: wanted_copies(name, [route], sources, "shop") for name in (M1, M2, M3)}
    addresses = {name: [one["endpoints"][0]["addresses"] for one in copies.values()] for name, copies in held.items()}
    assert addresses == {M1: [["10.2.0.1"]], M2: [["10.1.0.1"]], M3: []}


def test_a_slice_without_endpoints_is_not_copied() -> None:
    assert not wanted_copies(M2, [connected("m1", to=("m2",))], {(M1, WEB): [slice_of("a")]}, "shop")


def test_two_copies_never_have_one_name() -> None:
    route = Route(WEB, WEB, "", "c", "", (M1, type(M1)("m1-a")), (M2,))
    sources = {(M1, WEB): [slice_of("a-b", "10.1.0.1")], (type(M1)("m1-a"), WEB): [slice_of("b", "10.2.0.1")]}
    names = [one["metadata"]["name"] for one in wanted_copies(M2, [route], sources, "shop").values()]
    assert names[0] == "m1-a-b"
    assert names[1].startswith("m1-a-b-")
    assert len(names) == 2


def test_a_name_that_would_be_too_long_ends_with_a_digest() -> None:
    sources = {(M1, WEB): [slice_of("w" * 253, "10.1.0.1"), slice_of("w" * 252 + "x", "10.1.0.2")]}
    names = {one["metadata"]["name"] for one in wanted_copies(M2, [imported("m1", to=("m2",))], sources, "s").values()}
    assert len(names) == 2
    assert {len(name) for name in names} == {253}


def test_what_is_there_already_is_not_written() -> None:
    wanted = wanted_copies(M2, [connected("m1", to=("m2",))], {(M1, WEB): [HEADLESS]}, "shop")
    stored = [{**one, "metadata": {**one["metadata"], "uid": "1", "generation": 2}} for one in wanted.values()]
    assert not difference(wanted, stored)
    edited = [{**one, "endpoints": None} for one in stored]
    assert [copy for copy, _ in difference(wanted, edited).written] == list(wanted.values())


def test_what_nobody_wants_is_removed_unless_its_provider_is_silent() -> None:
    held = list(
        wanted_copies(M2, [connected("m1", "m3", to=("m2",))], {(M1, WEB): [HEADLESS], (M3, WEB): [HEADLESS]}, "s").values()
    )
    assert [one["metadata"]["name"] for one in difference({}, held, {M1}).removed] == ["m3-web-a"]
