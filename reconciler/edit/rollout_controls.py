"""What people state about rollouts, as edits of the Configuration or of a policy: paused, approved, promoted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.edit.object_text import ArgumentError, FieldEdit, Wanted, change_object, line_in
from reconciler.edit.work_tree import FileEdit
from reconciler.model.desired import DesiredState
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, Path, annotations_of, gvk_of, mapping, sequence, text
from reconciler.model.policy import PropagationPolicy
from reconciler.model.rollout import (
    APPROVED_ANNOTATION,
    EVERY_GROUP,
    EVERYTHING,
    NOT_STAGED,
    PAUSED_ANNOTATION,
    PROMOTED_ANNOTATION,
    ROLLOUT_ANNOTATION,
    RecordedRollout,
    RolloutControls,
    RolloutPhase,
    RolloutStrategy,
    rollout_name,
)
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few, one_of

_NAMED = 10
"""Names in a message."""
_DIGITS = 10
"""Of a revision, in an approval."""


class Control(StrEnum):
    """A list of groups that people state, by its field in `spec.rolloutControl`."""

    APPROVED = "approved"
    PROMOTED = "promoted"


_ANNOTATIONS = {Control.APPROVED: APPROVED_ANNOTATION, Control.PROMOTED: PROMOTED_ANNOTATION}
_FIELD = ("spec", "rolloutControl")


@dataclass(frozen=True, slots=True)
class StatedRollout:
    """A rollout as HEAD states it: the strategy, and where people control it."""

    policy: PropagationPolicy | None
    """None: the rollout of `spec.rollout` of the Configuration."""
    strategy: RolloutStrategy
    controls: RolloutControls
    file: str
    """That declares the policy, or the Configuration."""
    removed: PolicyRef | None = None
    """A policy that is gone, of whose objects the rollout is: the Configuration controls it."""

    @property
    def ref(self) -> PolicyRef | None:
        """The policy, also where it is gone."""
        return self.policy.ref if self.policy is not None else self.removed

    @property
    def name(self) -> str:
        return rollout_name(self.ref)

    @property
    def words(self) -> str:
        """In a message: the rollout of …."""
        return f"the rollout of {'the Configuration' if self.ref is None else self.name}"

    @property
    def paused_path(self) -> Path:
        """Of the field that pauses it."""
        return (*_FIELD, "paused") if self.policy is None else ("metadata", "annotations", PAUSED_ANNOTATION)

    def paused_line(self, content: str) -> int:
        """The line of this field in the file. Raises DocumentError."""
        return line_in(self.file, content, Wanted(self.name, self.is_meant), self.paused_path)

    def edit(self, change: Callable[[Manifest], Sequence[FieldEdit]]) -> FileEdit:
        """The file with the edits that `change` returns for the Configuration or the policy."""
        file, wanted = self.file, Wanted(self.name, self.is_meant)
        return FileEdit(file, lambda content: None if content is None else change_object(file, content, wanted, change))

    def is_meant(self, document: object) -> bool:
        if not isinstance(document, Mapping) or not text(document, "kind"):
            return False
        group, kind = gvk_of(document).group, text(document, "kind")
        if self.policy is None:
            return (group, kind) == ("reconciler.dev", "Configuration")
        ref = self.policy.ref
        name, namespace = text(document, "metadata", "name"), text(document, "metadata", "namespace")
        places = ("", ref.namespace) if ref.namespace in ("", "default") else (ref.namespace,)
        return (group, kind, name) == ("policy.karmada.io", ref.kind, ref.name) and namespace in places


def stated_rollouts(desired: DesiredState, recorded: Iterable[RecordedRollout] = ()) -> dict[str, StatedRollout]:
    """Those that HEAD states, by name as the status branch records them: that of the Configuration first, policies sorted; then
    those that are recorded, are under way, and whose policy is gone."""
    settings, found = desired.settings, {}
    if settings.rollout is not None:
        found[EVERYTHING] = StatedRollout(None, settings.rollout, settings.rollout_controls, desired.configuration)
    for policy in desired.policies:
        strategy = settings.rollouts.get(policy.rollout) if policy.rollout not in ("", NOT_STAGED) else None
        if strategy is not None:
            one = StatedRollout(policy, strategy, policy.rollout_controls, policy.origin.file)
            found[one.name] = one
    refs = {policy.ref for policy in desired.policies}
    for rollout in recorded:
        strategy = settings.rollouts.get(rollout.strategy)
        if rollout.phase.is_active and rollout.policy is not None and rollout.policy not in refs and strategy is not None:
            one = StatedRollout(None, strategy, settings.rollout_controls, desired.configuration, rollout.policy)
            found[one.name] = one
    return found


def find_rollout(desired: DesiredState, word: str, recorded: Iterable[RecordedRollout] = ()) -> StatedRollout:
    """The rollout that an argument names: `shop/web`, `web` or `PropagationPolicy shop/web`; empty or `Configuration` for that of
    the Configuration. recorded: as for `stated_rollouts`. Raises ArgumentError."""
    stated = stated_rollouts(desired, recorded)
    if word in ("", EVERYTHING):
        if EVERYTHING in stated:
            return stated[EVERYTHING]
        others = f" Name one of the policies with a rollout of their own: {_names(stated)}." if stated else ""
        raise ArgumentError(f"the Configuration states no spec.rollout.{others}")
    found = [one for one in stated.values() if word in short_names(one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ArgumentError(f"{word} means several rollouts: {first_few([one.name for one in found], _NAMED)}. Name one in full.")
    policies = [one for one in desired.policies if word in short_names(str(one.ref))]
    if policies and policies[0].rollout == NOT_STAGED:
        raise ArgumentError(f"{policies[0].ref} has no rollout: its annotation {ROLLOUT_ANNOTATION} is {NOT_STAGED}")
    if policies:
        where = "to the rollout of the Configuration; leave out the name" if EVERYTHING in stated else "to no rollout"
        message = f"{policies[0].ref} has no strategy of its own (annotation {ROLLOUT_ANNOTATION})"
        raise ArgumentError(f"{message}: its objects belong {where}")
    known = {short for name in stated for short in short_names(name)}
    guess = did_you_mean(word, known) or (f"There are {_names(stated)}." if stated else "HEAD states none.")
    raise ArgumentError(f"no rollout has the name {word}. {guess}")


def short_names(name: str) -> tuple[str, ...]:
    """The ways to name a rollout: `PropagationPolicy shop/web`, `shop/web`, `web`."""
    place = name.rpartition(" ")[2]
    return tuple(dict.fromkeys((name, place, place.rpartition("/")[2])))


def _names(stated: Mapping[str, StatedRollout]) -> str:
    return first_few([name.rpartition(" ")[2] for name in stated], _NAMED)


def pausing(one: StatedRollout, reason: str) -> Callable[[Manifest], Sequence[FieldEdit]]:
    """The edits that pause a rollout."""
    return lambda document: [FieldEdit(one.paused_path, reason)]


def resuming(one: StatedRollout) -> Callable[[Manifest], Sequence[FieldEdit]]:
    """The edits that end a pause."""

    def change(document: Manifest) -> list[FieldEdit]:
        alone = one.policy is None and [*mapping(document, *_FIELD)] == ["paused"]
        return [FieldEdit(_FIELD if alone else one.paused_path, None)]

    return change


def stating(one: StatedRollout, control: Control, revision: str, group: str) -> Callable[[Manifest], Sequence[FieldEdit]]:
    """The edits that approve or promote a group of the rollout of a revision; what is stated about other revisions goes.

    group: a name, or `*` for all.
    """

    def change(document: Manifest) -> list[FieldEdit]:
        if one.policy is None:
            return _list_edits((*_FIELD, control.value), sequence(document, *_FIELD, control.value), revision, group)
        stated = annotations_of(document).get(_ANNOTATIONS[control], "")
        entries = [entry.strip() for entry in stated.split(",") if entry.strip()]
        kept = [entry for entry in entries if _is_of(entry, revision)]
        wanted = kept if _states(kept, revision, group) else [*kept, entry_of(revision, group)]
        value = ",".join(wanted)
        return [] if wanted == entries else [FieldEdit(("metadata", "annotations", _ANNOTATIONS[control]), value)]

    return change


def _list_edits(path: tuple[str, ...], entries: Sequence[str], revision: str, group: str) -> list[FieldEdit]:
    """Other entries keep their lines."""
    gone = [position for position, entry in enumerate(entries) if not _is_of(entry, revision)]
    kept = [entry for entry in entries if _is_of(entry, revision)]
    new = [] if _states(kept, revision, group) else [entry_of(revision, group)]
    if not kept:
        return [FieldEdit(path, new)] if list(entries) != new else []
    removed = [FieldEdit((*path, position), None) for position in reversed(gone)]
    return [*removed, *(FieldEdit((*path, len(kept)), entry, inserted=True) for entry in new)]


def entry_of(revision: str, group: str) -> str:
    return f"{revision[:_DIGITS]}/{group}"


def _is_of(entry: str, revision: str) -> bool:
    prefix = entry.partition("/")[0]
    return bool(prefix) and revision.startswith(prefix)


def _states(entries: Sequence[str], revision: str, group: str) -> bool:
    return any(entry.partition("/")[2] == group for entry in entries if _is_of(entry, revision))


def refuse_unknown_group(one: StatedRollout, recorded: RecordedRollout | None, group: str, control: Control) -> RecordedRollout:
    """The recorded rollout of which a group may be approved or promoted. Raises ArgumentError.

    recorded: None where the status branch records none. group: a name, or `*` for all.
    """
    if recorded is None or not recorded.phase.is_active:
        last = f" The last one, of {recorded.target[:_DIGITS]}, is {recorded.phase.value}." if recorded is not None else ""
        raise ArgumentError(f"{one.words} is not under way, as far as the status branch says.{last}")
    names = [entry.name for entry in recorded.groups]
    if group != EVERY_GROUP and group not in names:
        guess = did_you_mean(group, names)
        there = f"The groups of the rollout of {recorded.target[:_DIGITS]} are {first_few(names, _NAMED)}."
        raise ArgumentError(f"{one.words} has no group {group}. {guess} {there}".replace("  ", " "))
    if recorded.phase is RolloutPhase.FAILED and group != EVERY_GROUP:
        ways = ("promote it to all in spite of that: reconciler rollout promote --all", "take the change back by a commit")
        raise ArgumentError(f"{one.words} has failed, and no group begins: {recorded.message}. You can {one_of(ways)}.")
    stated = one.strategy.group(group)
    if control is Control.APPROVED and not stated.needs_approval and not stated.approving_status:
        remedy = f"To let it begin before its turn: reconciler rollout promote {group}"
        raise ArgumentError(f"group {group} of {one.words} needs no approval. {remedy}")
    return recorded
