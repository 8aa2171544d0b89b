"""imageOverrider: one component of an image reference (Karmada pkg/util/overridemanager/imageoverride.go).

Without a predicate, the overrider changes every container of kinds that have containers, but no init container; the whole object
must decode as its Kubernetes type. With a predicate, it changes exactly one string, in any kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.interpreter import registry
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest, get, text
from reconciler.model.memo import Memo
from reconciler.model.overrides import ImageOverrider, PatchOperation
from reconciler.render.overriders.image_reference import ImageReference, is_digest, is_tag, parse_image
from reconciler.render.overriders.plaintext import OverriderError, Patched, apply_operations

_INDEX = re.compile(r"[+-]?[0-9]+")


def override_image(
    overrider: ImageOverrider,
    manifest: Manifest,
    template: Manifest | None = None,
    memo: Memo | None = None,
    *,
    karmada_exact: bool = False,
) -> Patched:
    """Raises OverriderError, and MalformedObjectError if the object does not have the shape of its kind.

    template: what the manifest was made of; with the same memo, the parts that they share are looked at once.
    karmada_exact: drop the digest of an image that also has a tag, as Karmada does.
    """
    memo = memo or Memo()
    if overrider.predicate_path is not None:
        images = _at_predicate(manifest, overrider.predicate_path)
    else:
        images = _of_containers(manifest, template, memo)
    operations = [
        PatchOperation("replace", pointer, _changed_at(pointer, image, overrider, memo, karmada_exact))
        for pointer, image in images
    ]
    return apply_operations(manifest, operations) if operations else Patched(manifest)


def _of_containers(manifest: Manifest, template: Manifest | None, memo: Memo) -> Sequence[tuple[str, str]]:
    """JSON pointer and image of every container; a missing image counts as empty."""
    path = registry.containers_path(text(manifest, "kind"))
    if path is None:
        return ()
    valid = template is not None and template.get("kind") == manifest["kind"] and memo(_is_sound, template)
    registry.check_go_type(manifest, template if valid else None)
    containers = get(manifest, *path) or ()
    return [(f"/{'/'.join(path)}/{index}/image", text(item, "image")) for index, item in enumerate(containers)]


def _is_sound(template: Manifest) -> bool:
    try:
        registry.check_go_type(template)
    except MalformedObjectError:
        return False
    return True


def _at_predicate(manifest: Manifest, path: str) -> Sequence[tuple[str, str]]:
    """JSON pointer and image at the predicate path. As in Karmada, the path is split without `~1` and without slashes at both
    ends."""
    steps = path.strip("/").split("/")
    value: Any = manifest
    index = 0
    while index < len(steps) - 1:
        child = value.get(steps[index])
        if isinstance(child, list):
            child = _item(child, steps[index + 1])
            index += 1
        if not isinstance(child, Mapping):
            raise OverriderError(f"no field exists at the predicate path {path}")
        value = child
        index += 1
    image = value.get(steps[-1])
    if not isinstance(image, str):
        raise OverriderError(f"the value at the predicate path {path} is not a string")
    if not path.startswith("/"):
        raise OverriderError(f"the predicate path {path} must begin with /")
    return [(path, image)]


def _item(items: Sequence[Any], step: str) -> Any:
    index = int(step) if _INDEX.fullmatch(step) else -1
    return items[index] if 0 <= index < len(items) else None


def _changed_at(pointer: str, image: str, overrider: ImageOverrider, memo: Memo, karmada_exact: bool) -> str:
    try:
        reference = memo(parse_image, image, karmada_exact)
    except OverriderError as error:
        raise OverriderError(f"the image at {pointer} cannot be overridden: {error.message}") from error
    return memo(_changed, reference, overrider)


def _changed(image: ImageReference, overrider: ImageOverrider) -> str:
    return str(override_reference(image, overrider))


def override_reference(image: ImageReference, overrider: ImageOverrider) -> ImageReference:
    """The reference after the overrider. An unknown operator changes nothing; an unknown component is an error.

    A rule about the registry or the repository keeps tag and digest. A rule about the tag says which version runs, so the digest
    of the former version goes with its tag. As in Karmada, without a tag `Tag` means the digest.
    """
    operator, value = overrider.operator, overrider.value
    match overrider.component:
        case "Registry":
            return replace(image, registry=_edited(image.registry, operator, value))
        case "Repository":
            return replace(image, repository=_edited(image.repository, operator, value))
        case "Tag" if operator == "remove":
            return replace(image, tag="", digest="")
        case "Tag" if operator in ("add", "replace"):
            return _with_version(image, (image.tag or image.digest) + value if operator == "add" else value)
        case "Tag":
            return image
        case component:
            raise OverriderError(f"{component} is not a component of an image", remedy="Use Registry, Repository or Tag.")


def _edited(old: str, operator: str, value: str) -> str:
    return {"add": old + value, "replace": value, "remove": ""}.get(operator, old)


def _with_version(image: ImageReference, version: str) -> ImageReference:
    """As in Karmada, a version that is neither a tag nor a digest is ignored."""
    if is_tag(version):
        return replace(image, tag=version, digest="")
    return replace(image, tag="", digest=version) if is_digest(version) else image
