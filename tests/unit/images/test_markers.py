"""Values that name an ImagePolicy, and files with other values there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.images.markers import ImageReference, Part, find_markers, with_values
from reconciler.model.origin import Origin
from tests.unit.images.builders import WEB

FILE = """\
# A comment.
apiVersion: apps/v1
spec:
  containers:
    - name: web
      image: ghcr.io/shop/web:1.2.0 # {"$imagepolicy": "shop:web"}
    - image: "ghcr.io/shop/web"  # {"$imagepolicy": "shop:web:name"}
---
---
images:
  - name: web
    newTag: 1.10 # {"$imagepolicy": "shop:web:tag"}
    digest: '' # {"$imagepolicy": "shop:web:digest"}
"""


def test_each_is_found_with_its_place() -> None:
    markers, issues = find_markers("a.yaml", FILE)
    assert issues == []
    assert {marker.ref for marker in markers} == {WEB}
    assert [(marker.origin.line, marker.document, marker.path[-1], marker.part, marker.value) for marker in markers] == [
        (6, 0, "image", Part.ALL, "ghcr.io/shop/web:1.2.0"),
        (7, 0, "image", Part.NAME, "ghcr.io/shop/web"),
        (12, 1, "newTag", Part.TAG, "1.10"),
        (13, 1, "digest", Part.DIGEST, ""),
    ]
    assert markers[2].reference == ImageReference("", "1.10"), "no number"


def test_other_values_leave_everything_else_as_it_is() -> None:
    markers, _ = find_markers("a.yaml", FILE)
    values = ["ghcr.io/shop/web:1.3.0@sha256:ab", "quay.io/shop/web", "1.20", "sha256:ab"]
    new = with_values(FILE, {(one.document, one.path): value for one, value in zip(markers, values, strict=True)})
    assert new == FILE.replace("web:1.2.0", "web:1.3.0@sha256:ab").replace('"ghcr.io/shop/web"', '"quay.io/shop/web"').replace(
        "1.10 #", '"1.20" #'
    ).replace("''", "'sha256:ab'")
    again, _ = find_markers("a.yaml", new)
    assert [marker.value for marker in again] == values


@pytest.mark.parametrize(
    "line",
    [
        'image: web:1 # {"$imagepolicy": "web"}',
        'image: web:1 # {"$imagepolicy": "shop:web:size"}',
        'image: web:1 # {"$imagepolicy": 1}',
        'image: web:1 # {"$imagepolicy": "shop:web"',
        '# {"$imagepolicy": "shop:web"}',
        'image: {name: web, tag: "1"} # {"$imagepolicy": "shop:web"}',
        'image: | # {"$imagepolicy": "shop:web"}\n  web:1',
        'text: |\n  image: web:1 # {"$imagepolicy": "shop:web"}',
        'image: {{ .Values.image }} # {"$imagepolicy": "shop:web"}',
    ],
)
def test_one_that_cannot_be_followed_is_told(line: str) -> None:
    markers, issues = find_markers("a.yaml", f"kind: X\n{line}\n")
    assert markers == []
    assert [(issue.reason, issue.origin) for issue in issues] == [("ImageMarker", Origin("a.yaml", 3 if "|\n" in line else 2))]


@pytest.mark.parametrize(
    ("text", "name", "tag", "digest"),
    [
        ("web", "web", "", ""),
        ("localhost:5000/web", "localhost:5000/web", "", ""),
        ("localhost:5000/shop/web:1@sha256:ab", "localhost:5000/shop/web", "1", "sha256:ab"),
        ("ghcr.io/web@sha256:ab", "ghcr.io/web", "", "sha256:ab"),
    ],
)
def test_the_parts_of_a_reference(text: str, name: str, tag: str, digest: str) -> None:
    assert ImageReference.parse(text) == ImageReference(name, tag, digest)
    assert str(ImageReference.parse(text)) == text


TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)


@given(TAGS, TAGS, st.sampled_from(["", "'", '"']))
def test_any_tag_is_written_and_read_again(before: str, after: str, quote: str) -> None:
    text = f'a:\n  - tag: {quote}{before}{quote} # {{"$imagepolicy": "shop:web:tag"}}\n    b: 1\n'
    markers, issues = find_markers("a.yaml", text)
    if issues:
        return  # Such as `null` without quotes: no value that could be a tag.
    new = with_values(text, {(0, markers[0].path): after})
    ((marker,), _) = find_markers("a.yaml", new)
    assert marker.value == after
    assert new.count("\n") == text.count("\n")
