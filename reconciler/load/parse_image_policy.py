"""A document of the kind ImagePolicy → `ImagePolicy`, and what is wrong with one. The schema has checked its structure."""

from __future__ import annotations

from reconciler.images.choose_tag import PolicyError, check_policy
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.image_policy import DigestUse, ImagePolicy, ImagePolicyRef, TagOrder
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping, text
from reconciler.model.origin import NOWHERE, Origin


def parse_image_policy(document: Manifest, origin: Origin = NOWHERE) -> ImagePolicy:
    """As kubectl does, an object without a namespace is in `default`."""
    spec = mapping(document, "spec")
    (order,) = mapping(spec, "policy")
    return ImagePolicy(
        ref=ImagePolicyRef(text(document, "metadata", "namespace") or "default", text(document, "metadata", "name")),
        image=text(spec, "image"),
        order=TagOrder(order),
        range=text(spec, "policy", "semver", "range"),
        descending=get(spec, "policy", order, "order") == "desc",
        pattern=text(spec, "filterTags", "pattern"),
        extract=text(spec, "filterTags", "extract"),
        digest=DigestUse(get(spec, "digest") or DigestUse.NEVER),
        origin=origin,
    )


def find_image_policy_mistakes(document: Manifest, gvk: GroupVersionKind, violations: list[Violation]) -> list[Violation]:
    """Why no tag can be chosen. Empty for other kinds, and where the structure is wrong."""
    if (gvk.group, gvk.kind) != ("reconciler.dev", "ImagePolicy") or violations:
        return []
    policy = parse_image_policy(document)
    try:
        check_policy(policy)
    except PolicyError as error:
        path = ("spec", "filterTags") if policy.pattern and str(error).startswith(repr(policy.pattern)) else ("spec", "policy")
        remedy = "Write a range such as 1.2.x, ^1.2 or '>=1.2 <2'."
        if path[-1] == "filterTags":
            remedy = "Write a regular expression of RE2, without look-ahead and back-references."
        return [Violation(path, Severity.ERROR, "InvalidImagePolicy", str(error), remedy)]
    return []
