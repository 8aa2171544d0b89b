"""ImagePolicies and the markers that name them, as `validate` reads them."""

from __future__ import annotations

import pytest

from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import DigestUse, ImagePolicy, ImagePolicyRef, TagOrder
from reconciler.model.origin import Origin
from tests.support.in_memory_fleet import load

WEB = "apiVersion: reconciler.dev/v1alpha1\nkind: ImagePolicy\nmetadata: {name: web, namespace: shop}\nspec:\n"
SEMVER = "  policy: {semver: {range: 1.x}}\n"


def loaded(spec: str, **others: str) -> DesiredState:
    return load({"web.yaml": WEB + spec, **others})


def test_its_fields() -> None:
    image = "localhost:5000/shop/web"
    spec = f"  image: {image}\n  filterTags: {{pattern: '^v(.*)$', extract: $1}}\n  digest: Always\n"
    desired = loaded(f"{spec}  policy: {{numerical: {{order: desc}}}}\n")
    assert desired.issues == ()
    assert desired.image_policies == (
        ImagePolicy(
            ImagePolicyRef("shop", "web"), image, TagOrder.NUMERICAL, "", True, "^v(.*)$", "$1", DigestUse.ALWAYS,
            Origin("web.yaml", 1),
        ),
    )  # fmt: skip
    assert desired.templates == ()


@pytest.mark.parametrize(
    ("spec", "line", "part"),
    [
        (f"  image: ghcr.io/shop/web:1.0\n{SEMVER}", 5, "without a tag"),
        (f"  image: https://ghcr.io/shop/web\n{SEMVER}", 5, "without a scheme"),
        ("  image: web\n  policy: {}\n", 6, "exactly one rule"),
        ("  image: web\n  policy: {semver: {range: 1.x}, numerical: {}}\n", 6, "exactly one rule"),
        ("  image: web\n  policy: {semver: {range: newest}}\n", 6, "no range of versions"),
        (f"  image: web\n{SEMVER}  filterTags: {{pattern: '('}}\n", 7, "no regular expression of RE2"),
    ],
)
def test_a_mistake_is_told_with_its_line(spec: str, line: int, part: str) -> None:
    desired = loaded(spec)
    ((origin, message),) = [(issue.origin, issue.message + issue.remedy) for issue in desired.issues]
    assert (origin.line, part in message) == (line, True), message
    assert desired.image_policies == ()


def test_markers_are_checked_where_a_policy_of_ours_is_declared() -> None:
    marked = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata:\n"
        '  a: web:1 # {"$imagepolicy": "shop:wbe"}\n  # {"$imagepolicy": "shop:web"}\n'
    )
    found = [issue for issue in loaded(f"  image: web\n{SEMVER}", **{"a.yaml": marked}).issues if issue.origin.file == "a.yaml"]
    assert [(issue.reason, issue.origin.line) for issue in found] == [("UnknownImagePolicy", 5), ("ImageMarker", 6)]
    assert [issue for issue in load({"a.yaml": marked}).issues if "Image" in issue.reason] == [], "those of Flux"
