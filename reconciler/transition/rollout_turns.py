"""What an object waits for while a change of it is rolled out, in words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.rollout import RecordedRollout
from reconciler.model.wording import first_few

_FEW = 3
"""Names in a sentence."""
_DIGITS = 10
"""Of a revision."""


def turns_text(rollout: RecordedRollout, names: Collection[ClusterName]) -> str:
    """`m2, m3 (group europe) and m4 (group rest) wait for their turn in the rollout of 1234567890`; empty for no names.

    names: clusters that keep what they had. `with_reason` says what the rollout as a whole waits for.
    """
    if not names:
        return ""
    known = set(rollout.clusters)
    groups = [(group.name, sorted(set(names) & set(group.clusters))) for group in rollout.groups]
    parts = [f"{first_few(members, _FEW)} (group {name})" for name, members in groups if members]
    new = sorted(set(names) - known)
    parts += [first_few(new, _FEW)] if new else []
    places = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    verb, their = ("waits", "its") if len(names) == 1 else ("wait", "their")
    return f"{places} {verb} for {their} turn in the rollout of {rollout.target[:_DIGITS]}"


def with_reason(sentence: str, rollout: RecordedRollout) -> str:
    return f"{sentence}: {rollout.message}" if sentence and rollout.message else sentence


def turn_of(
    key: ResourceKey, rollouts: Mapping[str, RecordedRollout], placed: Iterable[ClusterName], *, reason: bool = False
) -> str:
    """The sentence about one object, by the rollouts that are recorded; empty where it waits for none.

    placed: the clusters that have the object, or are to have it. reason: whether to say what the rollout waits for.
    """
    for one in rollouts.values():
        if one.phase.is_active and key in one.objects:
            concerned = {*placed, *(target.name for target in one.objects[key])} & set(one.clusters)
            sentence = turns_text(one, sorted(concerned - one.progress.keys()))
            return with_reason(sentence, one) if reason else sentence
    return ""


def cluster_turns(name: ClusterName, rollouts: Mapping[str, RecordedRollout]) -> tuple[str, ...]:
    """The sentences about one cluster, for each rollout that is under way and has not reached it, or has failed there."""
    sentences = []
    for one in rollouts.values():
        group = next((group.name for group in one.groups if name in group.clusters), "")
        which = f"the rollout of {one.target[:_DIGITS]}"
        progress = one.progress.get(name)
        if one.phase.is_active and group and progress is None:
            sentences.append(f"waits in group {group} of {which}")
        elif one.phase.is_active and progress is not None and progress.failed:
            sentences.append(f"{which} failed here: {progress.failed}")
    return tuple(sentences)
