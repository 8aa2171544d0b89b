"""The commit that brings newer images into the files: what the registries hold is asked for, then the edits are planned.

A value that was in the file before and is not there any more was taken back by somebody, so that it is not written again. The
history of the file at HEAD tells that; a shallow clone knows no more than it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.documents.errors import DocumentError
from reconciler.errors import ReconcilerError
from reconciler.images.choose_tag import PolicyError
from reconciler.images.markers import MARK, ImageReference, Marker, find_markers, texts_with_markers, unknown_policies
from reconciler.images.updates import ImageUpdate, is_refused, message_of, updates_of, wanted_tag, with_updates
from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import DigestUse, ImagePolicy
from reconciler.model.issues import Issue, error, warning
from reconciler.model.tree import Tree
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit

_SUFFIXES = (".yaml", ".yml")


class Registry(Protocol):
    """What is asked of registries. Both raise ReconcilerError."""

    async def tags(self, image: str) -> frozenset[str]:
        """All tags of an image."""

    async def digest(self, image: str, tag: str) -> str:
        """`sha256:…` of the manifest, or of the list of manifests, that a tag names."""


@dataclass(frozen=True, slots=True)
class PolicyState:
    """What is known of one policy."""

    policy: ImagePolicy
    present: tuple[str, ...] = ()
    """The images at its markers, sorted."""
    wanted: str = ""
    """The whole image; empty where none is known."""
    refused: tuple[str, ...] = ()
    """Newer tags that somebody took back, sorted."""
    updates: tuple[ImageUpdate, ...] = ()
    problem: Issue | None = None


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """What a scan found."""

    states: tuple[PolicyState, ...]
    """Sorted by policy."""
    changes: Mapping[str, str]
    """Path → new text."""
    issues: tuple[Issue, ...] = ()
    """About markers and policies, sorted."""
    updates: tuple[ImageUpdate, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    """The present texts of all files with a marker, by path."""

    @property
    def message(self) -> str:
        """Of the commit; only where there are changes."""
        return message_of(self.updates)


async def plan_image_updates(repository: Repository, commit: Commit, desired: DesiredState, registry: Registry) -> ImagePlan:
    """desired: what the commit declares. A policy whose registry cannot be asked changes nothing, and has an issue.

    Raises ReconcilerError where the repository cannot be read.
    """
    files = await _marked_files(repository, commit)
    markers, issues = [], []
    for path, text in files.items():
        found, mistakes = find_markers(path, text)
        markers += found
        issues += mistakes
    scan = _Scan(repository, commit, desired, registry, tuple(markers))
    states = [await scan.state_of(policy) for policy in desired.image_policies]
    updates = tuple(update for state in states for update in state.updates)
    try:
        changes = with_updates(files, updates)
    except DocumentError as problem:
        raise ReconcilerError(f"an image cannot be updated: {problem.message}", remedy="Edit the file by hand.") from problem
    issues += [state.problem for state in states if state.problem is not None]
    issues += unknown_policies(markers, desired.image_policies)
    return ImagePlan(tuple(states), changes, tuple(sorted(issues)), updates, files)


async def _marked_files(repository: Repository, commit: Commit) -> dict[str, str]:
    """Path → text, sorted."""
    paths = [path for path in await repository.files_containing(commit, MARK) if path.endswith(_SUFFIXES)]
    tree: Tree = await repository.read_tree(commit)
    entries = {path: tree[path].blob for path in paths if path in tree and tree[path].is_file}
    blobs = await repository.read_blobs(entries.values())
    contents = {path: content for path, blob in entries.items() if isinstance(content := blobs[blob], bytes)}
    return dict(texts_with_markers(contents))


@dataclass(frozen=True, slots=True)
class _Scan:
    repository: Repository
    commit: Commit
    desired: DesiredState
    registry: Registry
    markers: tuple[Marker, ...]
    versions: dict[str, list[str]] = field(default_factory=dict)
    """Path → the texts that the file ever had, of those that were asked for."""

    async def state_of(self, policy: ImagePolicy) -> PolicyState:
        markers = [one for one in self.markers if one.ref == policy.ref and self._may_change(policy, one)]
        present = tuple(sorted({str(one.reference) for one in markers}))
        try:
            return await self._looked_up(policy, markers, present)
        except (ReconcilerError, PolicyError) as problem:
            remedy = problem.remedy if isinstance(problem, ReconcilerError) else "Correct the policy."
            issue = error("ImageNotKnown", f"{policy}: {problem}", remedy, origin=policy.origin, subject=str(policy))
            return PolicyState(policy, present, problem=issue)

    def _may_change(self, policy: ImagePolicy, marker: Marker) -> bool:
        """A policy of a Tenant changes files of the same Tenant only."""
        judges = self.desired.judges
        owner = judges.of(policy.origin.file)
        return owner is None or judges.of(marker.origin.file) == owner

    async def _looked_up(self, policy: ImagePolicy, markers: list[Marker], present: tuple[str, ...]) -> PolicyState:
        """Raises ReconcilerError, PolicyError."""
        tags = await self.registry.tags(policy.image)
        refused: set[str] = set()
        while tag := wanted_tag(policy, tags, markers, refused):
            digest = await self.registry.digest(policy.image, tag) if policy.digest is DigestUse.ALWAYS and tag in tags else ""
            reference = ImageReference(policy.image, tag, digest)
            updates = updates_of(policy, reference, markers)
            if not any([await self._is_refused(update) for update in updates]):
                return PolicyState(policy, present, str(reference), tuple(sorted(refused)), tuple(updates))
            if tag in refused:  # The present one, with a digest that somebody took back.
                break
            refused.add(tag)
        if tag:
            return PolicyState(policy, present, refused=tuple(sorted(refused)))
        message = f"{policy}: none of the {len(tags)} tags of {policy.image} is allowed"
        remedy = "Check the range and the pattern of the policy."
        issue = warning("NoImageTag", message, remedy, origin=policy.origin, subject=str(policy))
        return PolicyState(policy, present, refused=tuple(sorted(refused)), problem=issue)

    async def _is_refused(self, update: ImageUpdate) -> bool:
        file = update.marker.origin.file
        if file not in self.versions:
            blobs = await self.repository.read_blobs(await self.repository.file_versions(self.commit, file))
            self.versions[file] = [content.decode(errors="replace") for content in blobs.values() if isinstance(content, bytes)]
        return is_refused(update, self.versions[file], lambda text: find_markers(file, text)[0])
