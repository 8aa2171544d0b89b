"""Policies of images for tests."""

from reconciler.model.image_policy import ImagePolicy, ImagePolicyRef, TagOrder

WEB = ImagePolicyRef("shop", "web")


def policy(range_: str = "*", **fields: object) -> ImagePolicy:
    values = {"ref": WEB, "image": "ghcr.io/shop/web", "order": TagOrder.SEMVER, "range": range_, **fields}
    return ImagePolicy(**values)  # type: ignore[arg-type]
