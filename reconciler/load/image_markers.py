"""Issues about the markers of images in the files that are read (`images/markers.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.images.markers import MARK, Marker, find_markers, unknown_policies
from reconciler.load.parse_file import ParsedFile
from reconciler.model.image_policy import ImagePolicy
from reconciler.model.issues import Issue
from reconciler.model.memo import Memo

_MARK = MARK.encode()


def marker_issues(files: Iterable[ParsedFile], policies: Iterable[ImagePolicy], memo: Memo) -> Iterator[Issue]:
    """Warnings. A repository without an ImagePolicy has none: its markers are those of Flux."""
    known = list(policies)
    for file in files if known else ():
        if _MARK in file.data:
            markers, issues = memo(_markers_in, file)
            yield from issues
            yield from unknown_policies(markers, known)


def _markers_in(file: ParsedFile) -> tuple[list[Marker], list[Issue]]:
    return find_markers(file.path, file.data.decode(errors="replace"))
