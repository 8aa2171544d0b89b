"""Image references: what is read, what is refused, what is written back."""

from __future__ import annotations

import pytest

from reconciler.render.overriders.image_reference import ImageReference, is_digest, is_tag, parse_image
from reconciler.render.overriders.plaintext import OverriderError

SHA = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", ImageReference("", "nginx")),
        ("nginx:1.25", ImageReference("", "nginx", "1.25")),
        ("team/app", ImageReference("", "team/app")),
        ("localhost/app", ImageReference("localhost", "app")),
        ("LOCALHOST/app", ImageReference("", "LOCALHOST/app")),
        ("myhost:5000", ImageReference("", "myhost", "5000")),
        ("reg.io:5000/a/b:v1", ImageReference("reg.io:5000", "a/b", "v1")),
        ("[::1]:5000/app", ImageReference("[::1]:5000", "app")),
        (f"a/b@{SHA}", ImageReference("", "a/b", digest=SHA)),
        (f"a/b:1@{SHA}", ImageReference("", "a/b", "1", SHA)),
        ("a__b/c-d.e", ImageReference("", "a__b/c-d.e")),
    ],
)
def test_a_reference_is_taken_apart(image: str, expected: ImageReference) -> None:
    assert parse_image(image) == expected
    assert str(expected) == image


def test_karmada_drops_the_digest_beside_a_tag() -> None:
    assert parse_image(f"a/b:1@{SHA}", karmada_exact=True) == ImageReference("", "a/b", "1")
    assert parse_image(f"a/b@{SHA}", karmada_exact=True) == ImageReference("", "a/b", digest=SHA)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("", "empty"),
        ("Nginx", "lower case"),
        ("nginx:tag with space", "not a valid"),
        ("nginx\n", "not a valid"),
        ("a___b", "not a valid"),
        ("x" * 256, "longer"),
        ("nginx@sha256:short", "not a valid"),
        ("nginx@sha256:" + "0F" * 32, "malformed"),
        ("nginx@sha512:" + "0f" * 32, "malformed"),
        ("nginx@md5:" + "0f" * 16, "unknown"),
    ],
)
def test_a_reference_is_refused_without_being_repeated(image: str, why: str) -> None:
    with pytest.raises(OverriderError, match=why) as caught:
        parse_image(image)
    assert not image or image not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "tag", "digest"),
    [("1.25", True, False), (SHA, False, True), ("-x", False, False), ("a" * 129, False, False), ("ü", False, False)],
)
def test_what_follows_a_name(text: str, tag: bool, digest: bool) -> None:
    assert (is_tag(text), is_digest(text)) == (tag, digest)
