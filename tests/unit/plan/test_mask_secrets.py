"""Secrets in output."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.manifest import annotations_of, get, is_secret, key_of
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import DIGEST_ANNOTATION, ID_ANNOTATION
from reconciler.model.work import RenderedManifest
from reconciler.plan.mask_secrets import mask, mask_one
from tests.support.builders import config, manifest

B64 = "aHVudGVyMg=="  # hunter2
COPY = "kubectl.kubernetes.io/last-applied-configuration"


def secret(**fields: Any) -> dict[str, Any]:
    return manifest("Secret", **fields)


def test_values_are_masked_and_names_are_not() -> None:
    shown = mask_one(secret(data={"password": B64}, stringData={"user": "admin"}, type="Opaque"))
    assert shown == secret(data={"password": "********"}, stringData={"user": "********"}, type="Opaque")


def test_what_is_no_secret_is_shown_as_it_is() -> None:
    plain = config(data={"password": B64})
    assert mask(plain, None) == (plain, None)
    assert not is_secret(None)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({"data": {"p": B64}}, {"data": {"p": B64}}, True),
        ({"data": {"p": B64}}, {"stringData": {"p": "hunter2"}}, True),
        ({"data": {"p": B64}}, {"data": {"p": "aHVudGVyMw=="}}, False),
        ({"stringData": {"p": "1"}}, {"stringData": {"p": 1}}, False),
        ({"data": {"p": "no base64!"}}, {"data": {"p": "no base64?"}}, False),
    ],
)
def test_equal_values_look_alike_and_different_ones_do_not(one: Any, other: Any, alike: bool) -> None:
    before, after = mask(secret(**one), secret(**other))
    masks = [get(side, field, "p") for side in (before, after) for field in ("data", "stringData") if get(side, field)]
    assert (masks[0] == masks[1]) is alike


@pytest.mark.parametrize("data", [B64, [B64], 7])
def test_data_of_a_wrong_shape_is_masked_as_a_whole(data: Any) -> None:
    assert mask_one(secret(data=data))["data"] == "********"


def test_annotations_are_masked_but_for_the_id() -> None:
    annotations = {"note": "user=admin password=hunter2", ID_ANNOTATION: "/Secret/shop/web", DIGEST_ANNOTATION: "sha256:0"}
    shown = annotations_of(mask_one(secret(annotations=annotations, data={"p": B64})))
    assert shown == {"note": "********", ID_ANNOTATION: "/Secret/shop/web", DIGEST_ANNOTATION: "********"}


def test_annotations_that_differ_look_different() -> None:
    before, after = mask(*[secret(annotations={COPY: text}) for text in ('{"data": {}}', "{")])
    assert [get(side, "metadata", "annotations", COPY) for side in (before, after)] == ["********", "******** (2)"]


@pytest.mark.parametrize("api_version", ["v1", "example.io/v1"])
def test_a_secret_of_any_group_shows_no_digest(api_version: str) -> None:
    """Its values could be guessed from the digest, as those of a core Secret."""
    key = key_of({"apiVersion": api_version, "kind": "Secret", "metadata": {"name": "key", "namespace": "shop"}})
    assert RenderedManifest(key, {}, "sha256:1", NOWHERE).public_digest == ""
