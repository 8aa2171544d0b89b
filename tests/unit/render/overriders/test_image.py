"""imageOverrider: which images are meant and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model.overrides import ImageOverrider
from reconciler.render.overriders.image import override_image, override_reference
from reconciler.render.overriders.image_reference import parse_image

SHA = "sha256:" + "0f" * 32


def pod(*images: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "image": image} for image in images]}}


@pytest.mark.parametrize(
    ("image", "component", "operator", "value", "expected"),
    [
        ("r.io/a:1", "Registry", "add", ":5000", "r.io:5000/a:1"),
        ("r.io/a:1", "Registry", "remove", "ignored", "a:1"),
        ("a:1", "Repository", "replace", "b/c", "b/c:1"),
        ("a:1", "Tag", "add", "-alpine", "a:1-alpine"),
        ("a:1", "Tag", "replace", "not a tag", "a:1"),
        ("a", "Tag", "replace", "sha256:" + "0" * 64, "a@sha256:" + "0" * 64),
        ("a@sha256:" + "0" * 64, "Tag", "remove", "", "a"),
        ("r.io/a:1@" + SHA, "Registry", "replace", "m.io", "m.io/a:1@" + SHA),
        ("r.io/a:1@" + SHA, "Registry", "remove", "", "a:1@" + SHA),
        ("r.io/a:1@" + SHA, "Repository", "add", "/b", "r.io/a/b:1@" + SHA),
        ("r.io/a:1@" + SHA, "Registry", "move", "m.io", "r.io/a:1@" + SHA),
        ("a:1@" + SHA, "Tag", "replace", "2", "a:2"),
        ("a:1@" + SHA, "Tag", "add", "-alpine", "a:1-alpine"),
        ("a:1@" + SHA, "Tag", "replace", "sha256:" + "1" * 64, "a@sha256:" + "1" * 64),
        ("a:1@" + SHA, "Tag", "replace", "not a tag", "a:1@" + SHA),
        ("a:1@" + SHA, "Tag", "remove", "", "a"),
        ("a:1", "Tag", "move", "2", "a:1"),
        ("a:1", "Registry", "move", "2", "a:1"),
    ],
)
def test_one_component_changes(image: str, component: str, operator: str, value: str, expected: str) -> None:
    assert str(override_reference(parse_image(image), ImageOverrider(component, operator, value))) == expected


def test_every_container_is_meant_and_only_changed_ones_are_noted() -> None:
    edit = override_image(ImageOverrider("Tag", "replace", "2"), pod("a:1", "b:2"))
    assert [c["image"] for c in edit.manifest["spec"]["containers"]] == ["a:2", "b:2"]
    assert edit.paths == ("/spec/containers/0/image",)


def test_a_kind_without_known_containers_is_left_alone() -> None:
    given = {**pod("a:1"), "kind": "Rollout"}
    assert override_image(ImageOverrider("Tag", "replace", "2"), given) == (given, ())


@pytest.mark.parametrize(
    ("path", "steps"),
    [("/spec/containers/1/image", ("spec", "containers", 1, "image")), ("/spec/o/a", ("spec", "o", "a"))],
)
def test_a_predicate_names_one_text_in_any_kind(path: str, steps: tuple[Any, ...]) -> None:
    given = {"kind": "Rollout", "spec": {"containers": [{}, {"image": "a:1"}], "o": {"a": "a:1"}}}
    value: Any = override_image(ImageOverrider("Tag", "replace", "2", path), given).manifest
    for step in steps:
        value = value[step]
    assert value == "a:2"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "spec/image",
        "/spec/nope/image",
        "/spec/number",
        "/spec/list/0",
        "/spec/containers/x/image",
        "/spec/containers/1/image",
        "/spec/containers/-1/image",
        "/spec/image/",
        "/spec/bad",
    ],
)
def test_a_predicate_that_leads_to_no_image_is_an_error_without_values(path: str) -> None:
    spec = {"image": "a:1", "number": 5, "list": ["s3cret"], "containers": [{"image": "a:1"}], "bad": "S3cret!"}
    with pytest.raises(ReconcilerError) as caught:
        override_image(ImageOverrider("Tag", "replace", "2", path), {"kind": "Rollout", "spec": spec})
    assert "3cret" not in str(caught.value)


def test_an_unknown_component_is_an_error() -> None:
    with pytest.raises(ReconcilerError, match="Digest is not a component"):
        override_image(ImageOverrider("Digest", "replace", "2"), pod("a:1"))


def test_an_object_that_is_not_of_its_kinds_shape_is_an_error() -> None:
    with pytest.raises(ReconcilerError):
        override_image(ImageOverrider("Tag", "replace", "2"), {**pod("a:1"), "spec": {"containers": "a"}})


def test_the_digest_is_dropped_only_to_compare_with_karmada() -> None:
    pinned, overrider = pod("r.io/a:1@" + SHA), ImageOverrider("Registry", "replace", "m.io")
    assert override_image(overrider, pinned).manifest == pod("m.io/a:1@" + SHA)
    assert override_image(overrider, pinned, karmada_exact=True).manifest == pod("m.io/a:1")
