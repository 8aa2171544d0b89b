"""What changes, and the commit of it."""

from dataclasses import replace

from reconciler.images.markers import ImageReference, find_markers
from reconciler.images.updates import is_refused, message_of, updates_of, wanted_tag, with_updates
from reconciler.model.image_policy import DigestUse, ImagePolicyRef
from tests.unit.images.builders import WEB, policy

A = 'image: ghcr.io/shop/web:1.2.0 # {"$imagepolicy": "shop:web"}\nother: x:1 # {"$imagepolicy": "shop:db"}\n'
B = 'tag: 1.1.0 # {"$imagepolicy": "shop:web:tag"}\n'
FILES = {"a.yaml": A, "b.yaml": B}
NEW = ImageReference("ghcr.io/shop/web", "1.3.0")
MARKERS = [marker for file, text in FILES.items() for marker in find_markers(file, text)[0]]


def test_all_values_of_a_policy_get_the_tag() -> None:
    tag = wanted_tag(policy(), {"1.0.0", "1.3.0"}, MARKERS, set())
    updates = updates_of(policy(), replace(NEW, tag=tag), MARKERS)
    assert with_updates(FILES, updates) == {"a.yaml": A.replace("1.2.0", "1.3.0"), "b.yaml": B.replace("1.1.0", "1.3.0")}


def test_without_a_newer_tag_the_newest_of_the_files_is_kept() -> None:
    assert wanted_tag(policy(), {"1.0.0"}, MARKERS, set()) == "1.2.0"
    assert wanted_tag(policy(), {"1.0.0", "1.3.0"}, MARKERS, {"1.3.0"}) == "1.2.0"


def test_nothing_changes_where_everything_is_there() -> None:
    (marker, _), _ = find_markers("a.yaml", A.replace("1.2.0", "1.3.0"))
    assert updates_of(policy(), NEW, [marker]) == []


def test_a_digest_is_written_behind_the_tag() -> None:
    digest = replace(NEW, digest="sha256:ab")
    updates = updates_of(policy(digest=DigestUse.ALWAYS), digest, MARKERS)
    assert [update.value for update in updates] == ["ghcr.io/shop/web:1.3.0@sha256:ab", "1.3.0"]


def test_what_was_there_before_was_taken_back() -> None:
    (update, _) = updates_of(policy(), NEW, MARKERS)
    older, newer, foreign = A.replace("1.2.0", "1.1.0"), A.replace("1.2.0", "1.3.0"), A.replace("shop:web", "shop:old")

    def refused(*versions: str) -> bool:
        return is_refused(update, versions, lambda text: find_markers("a.yaml", text)[0])

    assert not refused(A, older, foreign.replace("1.2.0", "1.3.0"), "# ghcr.io/shop/web:1.3.0\n")
    assert refused(A, newer, older)


def test_the_message_names_policies_files_and_values() -> None:
    updates = updates_of(policy(), NEW, MARKERS)
    db = policy(ref=ImagePolicyRef("shop", "db"), image="x")
    assert message_of(updates) == (
        "Update web to 1.3.0\n\n"
        "ghcr.io/shop/web:1.3.0 (ImagePolicy shop/web)\n"
        "- a.yaml:1: ghcr.io/shop/web:1.2.0 → ghcr.io/shop/web:1.3.0\n"
        "- b.yaml:1: 1.1.0 → 1.3.0\n"
    )
    both = [*updates, *updates_of(db, ImageReference("x", "2"), MARKERS)]
    assert message_of(both).startswith("Update x to 2 and web to 1.3.0\n\nx:2 (ImagePolicy shop/db)\n- a.yaml:2: x:1 → x:2\n")
    assert WEB.namespace == "shop"
