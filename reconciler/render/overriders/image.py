"""imageOverrider: one component of an image reference (Karmada pkg/util/overridemanager/imageoverride.go).

Without a predicate every container of the kinds known to hold containers is meant, init containers never; such an
object must be readable as its Kubernetes type as a whole. With a predicate exactly one text is meant, in any kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.interpreter import registry
from reconciler.model.manifest import Manifest, get, text
from reconciler.model.overrides import ImageOverrider, PatchOperation
from reconciler.render.overriders.edit import Edit, OverriderError, apply_operations
from reconciler.render.overriders.image_reference import ImageReference, is_digest, is_tag, parse_image

_INDEX = re.compile(r"[+-]?[0-9]+")


def override_image(overrider: ImageOverrider, manifest: Manifest) -> Edit:
    """Raises OverriderError, and MalformedObjectError for an object that is not of its kind's shape."""
    images = _chosen(manifest, overrider.predicate_path) if overrider.predicate_path is not None else _all(manifest)
    operations = [PatchOperation("replace", pointer, _changed(pointer, image, overrider)) for pointer, image in images]
    return apply_operations(manifest, operations) if operations else Edit(manifest)


def _all(manifest: Manifest) -> Sequence[tuple[str, str]]:
    """Pointer and image of every container; an image that is missing counts as empty."""
    path = registry.containers_path(text(manifest, "kind"))
    if path is None:
        return ()
    registry.check_typed(manifest)
    containers = get(manifest, *path) or ()
    return [(f"/{'/'.join(path)}/{index}/image", text(item, "image")) for index, item in enumerate(containers)]


def _chosen(manifest: Manifest, path: str) -> Sequence[tuple[str, str]]:
    """The walk to the text knows no `~1` and skips slashes at both ends, unlike the patch that writes it."""
    steps = path.strip("/").split("/")
    value: Any = manifest
    index = 0
    while index < len(steps) - 1:
        child = value.get(steps[index])
        if isinstance(child, list):
            child = _item(child, steps[index + 1])
            index += 1
        if not isinstance(child, Mapping):
            raise OverriderError(f"the predicate path {path} leads nowhere")
        value = child
        index += 1
    image = value.get(steps[-1])
    if not isinstance(image, str):
        raise OverriderError(f"the predicate path {path} does not lead to a text")
    if not path.startswith("/"):
        raise OverriderError(f"the predicate path {path} must begin with /")
    return [(path, image)]


def _item(items: Sequence[Any], step: str) -> Any:
    index = int(step) if _INDEX.fullmatch(step) else -1
    return items[index] if 0 <= index < len(items) else None


def _changed(pointer: str, image: str, overrider: ImageOverrider) -> str:
    try:
        reference = parse_image(image)
    except OverriderError as error:
        raise OverriderError(f"the image at {pointer} cannot be overridden: {error.message}") from error
    return str(override_reference(reference, overrider))


def override_reference(image: ImageReference, overrider: ImageOverrider) -> ImageReference:
    """An unknown operator changes nothing; an unknown component is an error."""
    operator, value = overrider.operator, overrider.value
    match overrider.component:
        case "Registry":
            return replace(image, registry=_edited(image.registry, operator, value))
        case "Repository":
            return replace(image, repository=_edited(image.repository, operator, value))
        case "Tag" if operator == "remove":
            return replace(image, tag="", digest="" if not image.tag else image.digest)
        case "Tag" if operator in ("add", "replace"):
            return _with_version(image, (image.tag or image.digest) + value if operator == "add" else value)
        case "Tag":
            return image
        case component:
            raise OverriderError(f"an image has no component {component}", remedy="Use Registry, Repository or Tag.")


def _edited(old: str, operator: str, value: str) -> str:
    return {"add": old + value, "replace": value, "remove": ""}.get(operator, old)


def _with_version(image: ImageReference, version: str) -> ImageReference:
    """What is neither a tag nor a digest is silently left out, as Karmada does."""
    if is_tag(version):
        return replace(image, tag=version, digest="")
    return replace(image, tag="", digest=version) if is_digest(version) else image
