"""Which values of the files change because there is a newer image, and the commit that changes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.documents.line_index import Steps
from reconciler.images.choose_tag import choose_tag
from reconciler.images.markers import ImageReference, Marker, Part, with_values
from reconciler.model.image_policy import DigestUse, ImagePolicy, ImagePolicyRef


@dataclass(frozen=True, slots=True)
class ImageUpdate:
    """One value that changes."""

    marker: Marker
    value: str
    """The new one."""
    reference: ImageReference
    """The whole image that it is, or is a part of."""


def wanted_tag(policy: ImagePolicy, tags: Collection[str], markers: Iterable[Marker], refused: Collection[str]) -> str:
    """The tag that all markers of the policy get; empty where none is allowed.

    Where they differ today, the newest of theirs counts. Raises PolicyError.
    """
    present = sorted({tag for marker in markers if marker.ref == policy.ref and (tag := marker.reference.tag)})
    best = choose_tag(policy, [*present], "", ()) if present else ""
    return choose_tag(policy, tags, best, refused)


def updates_of(policy: ImagePolicy, reference: ImageReference, markers: Iterable[Marker]) -> list[ImageUpdate]:
    """The values of a policy's markers that differ from the wanted image."""
    updates = []
    for marker in markers:
        if marker.ref == policy.ref:
            value = reference.part(marker.part)
            if marker.part is Part.TAG and policy.digest is DigestUse.ALWAYS and "@" in marker.value:
                value = f"{reference.tag}@{reference.digest}"
            if value and value != marker.value:
                updates.append(ImageUpdate(marker, value, reference))
    return updates


def with_updates(files: Mapping[str, str], updates: Iterable[ImageUpdate]) -> dict[str, str]:
    """The files that change, with their new text. Raises DocumentError."""
    by_file: defaultdict[str, dict[tuple[int, Steps], str]] = defaultdict(dict)
    for update in updates:
        by_file[update.marker.origin.file][update.marker.document, update.marker.path] = update.value
    return {file: with_values(files[file], values) for file, values in sorted(by_file.items())}


def is_refused(update: ImageUpdate, versions: Iterable[str], markers_in: Callable[[str], Iterable[Marker]]) -> bool:
    """Whether the new value was there before: somebody took it back.

    versions: the texts that the file had. markers_in: the markers of such a text.
    """
    marker = update.marker
    return any(
        one.ref == marker.ref and one.part is marker.part and one.value == update.value
        for text in versions
        if update.value in text
        for one in markers_in(text)
    )


def message_of(updates: Iterable[ImageUpdate]) -> str:
    """Of the commit: a line for each policy, from which tag to which, and the values."""
    by_policy: defaultdict[ImagePolicyRef, list[ImageUpdate]] = defaultdict(list)
    for update in updates:
        by_policy[update.marker.ref].append(update)
    images = {ref: group[0].reference for ref, group in sorted(by_policy.items())}
    (first, *others) = [f"{image.name.rpartition('/')[2]} to {image.tag}" for image in images.values()]
    subject = f"Update {first}" + (
        f" and {len(others)} more images" if len(others) > 1 else f" and {others[0]}" if others else ""
    )
    lines = []
    for ref, image in images.items():
        lines.append(f"{image} (ImagePolicy {ref.namespace}/{ref.name})")
        lines += [f"- {update.marker.origin}: {update.marker.value or 'nothing'} → {update.value}" for update in by_policy[ref]]
    return "\n".join([subject, "", *lines, ""])
