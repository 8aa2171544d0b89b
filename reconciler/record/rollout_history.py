"""Which commit each cluster got by a rollout, at every recorded state of an object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.model.file_names import path_of
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.rollout import RecordedRollout
from reconciler.record.branch_layout import ROLLOUTS, UnreadableStatusError, read_document
from reconciler.record.object_history import ObjectHistory
from reconciler.record.rollout_documents import parse_rollout
from reconciler.repo.branch_log import LoggedCommit
from reconciler.repo.client import Repository

_Blobs = dict[str, str]
"""Path → id of the content."""


async def read_released(repository: Repository, history: ObjectHistory) -> list[Mapping[ClusterName, str]]:
    """One for each state of the object: the commit that a rollout of it brought to each cluster, as it was recorded then. What
    cannot be read is left out. Raises RepositoryError."""
    states = history.states
    if not states:
        return []
    place = f"{path_of(history.key)}.yaml"
    log = await repository.branch_log(states[-1].commit.sha, [ROLLOUTS, f"bindings/{place}", f"reports/{place}"])
    at = _blobs_at(log, {state.commit.sha for state in states})
    wanted = {blob for blobs in at.values() for blob in blobs.values()}
    if not wanted:
        return [{} for _ in states]
    contents = (await repository.read_contents((), wanted)).blobs
    parsed = {blob: one for blob, data in contents.items() if (one := _parsed(data)) is not None}
    return [_released(at.get(state.commit.sha, {}), parsed, history.key) for state in states]


def _blobs_at(log: Sequence[LoggedCommit], commits: Iterable[str]) -> dict[str, _Blobs]:
    """The files of rollouts at each of these commits, as far as the log has them."""
    wanted, blobs = set(commits), _Blobs()
    found = {}
    for commit in reversed(log):
        for path, change in commit.files.items():
            if path.startswith(f"{ROLLOUTS}/"):
                blobs.pop(path, None)
                blobs |= {path: change.after} if change.after is not None else {}
        if commit.sha in wanted:
            found[commit.sha] = dict(blobs)
    return found


def _released(blobs: _Blobs, parsed: Mapping[str, RecordedRollout], key: ResourceKey) -> dict[ClusterName, str]:
    rollouts = [one for blob in blobs.values() if (one := parsed.get(blob)) is not None and key in one.objects]
    return {name: one.target for one in rollouts for name in one.progress}


def _parsed(data: bytes) -> RecordedRollout | None:
    try:
        return parse_rollout(read_document(ROLLOUTS, data))
    except (ValueError, UnreadableStatusError):
        return None
