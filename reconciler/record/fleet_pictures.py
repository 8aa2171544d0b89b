"""The pictures of the status branch, each in a file of its own that is always there, so that any page may show it.

`pictures/fleet.svg`, `pictures/members.svg`, one badge for each health (`pictures/current.svg` …), and `pictures/placement.svg`.
A file changes only when what it says changes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model.health import NOT_OBSERVED, HealthStatus
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import plural
from reconciler.pictures.badge import badge
from reconciler.pictures.grid import Grid, grid_text
from reconciler.pictures.svg import Tone
from reconciler.record.object_summary import ObjectSummary, object_summaries
from reconciler.record.placement_map import TITLE, placement_map

FOLDER = "pictures"
PLACEMENT = f"{FOLDER}/placement.svg"
_FLEET = f"{FOLDER}/fleet.svg"
_EMPTY = Grid(TITLE, "nothing is placed yet", (), ())


@dataclass(frozen=True, slots=True)
class Badge:
    path: str
    label: str
    value: str
    tone: Tone
    counts: bool = True
    """Whether it says more than that there is nothing of its kind."""


def picture_files(state: RecordedState, memo: Memo | None = None) -> dict[str, bytes]:
    """Path → text of each picture, sorted by path. memo: as for `readme`."""
    memo = memo or Memo()
    files = {one.path: memo(badge, one.label, one.value, one.tone).encode() for one in fleet_badges(state, memo)}
    files[PLACEMENT] = grid_text(placement_map(state, memo) or _EMPTY, memo).encode()
    return dict(sorted(files.items()))


def fleet_badges(state: RecordedState, memo: Memo) -> list[Badge]:
    """All badges, in the order in which a page shows them; made once for the same state."""
    return memo(_badges, state, memo=memo)


def _badges(state: RecordedState, *, memo: Memo) -> list[Badge]:
    summaries = object_summaries(state, memo)
    return [_fleet(state, summaries), _members(state), *_healths(summaries)]


def _fleet(state: RecordedState, summaries: Sequence[ObjectSummary]) -> Badge:
    """Whether everything is as it should be, in one badge."""
    problems = sum(one.count > 0 for one in summaries)
    found = [f"{problems} of {plural(len(summaries), 'object')} not well"] if problems else []
    found += [f"{plural(len(state.broken), 'file')} with an error"] if state.broken else []
    found += [] if all(one.ready for one in state.clusters.values()) else ["not all members ready"]
    if found:
        failing = bool(state.broken) or any(one.health in _FAILING for one in summaries if one.count)
        return Badge(_FLEET, "fleet", ", ".join(found), Tone.FAILING if failing else Tone.MOVING)
    if not summaries:
        return Badge(_FLEET, "fleet", "nothing is placed yet", Tone.UNKNOWN)
    observed = not any(one.unobserved for one in summaries)
    return Badge(_FLEET, "fleet", f"{plural(len(summaries), 'object')} as declared", Tone.WELL if observed else Tone.UNKNOWN)


def _members(state: RecordedState) -> Badge:
    ready, total = sum(one.ready for one in state.clusters.values()), len(state.clusters)
    tone = Tone.UNKNOWN if not total else Tone.WELL if ready == total else Tone.FAILING
    return Badge(f"{FOLDER}/members.svg", "members", f"{ready} of {total} ready", tone)


def _healths(summaries: Sequence[ObjectSummary]) -> list[Badge]:
    words = Counter(one.health if one.health in _BADGES else HealthStatus.UNKNOWN.value for one in summaries)
    return [_health(word, words[word], tone) for word, tone in _BADGES.items()]


def _health(word: str, count: int, tone: Tone) -> Badge:
    return Badge(f"{FOLDER}/{_file_name(word)}.svg", word, str(count), tone if count else Tone.PLAIN, count > 0)


def _file_name(word: str) -> str:
    """`in-progress` of `InProgress`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", word).lower()


_BADGES = {
    HealthStatus.CURRENT.value: Tone.WELL,
    HealthStatus.IN_PROGRESS.value: Tone.MOVING,
    HealthStatus.TERMINATING.value: Tone.MOVING,
    HealthStatus.FAILED.value: Tone.FAILING,
    HealthStatus.NOT_FOUND.value: Tone.FAILING,
    HealthStatus.UNKNOWN.value: Tone.UNKNOWN,
    NOT_OBSERVED: Tone.UNKNOWN,
}
_FAILING = frozenset(word for word, tone in _BADGES.items() if tone is Tone.FAILING)
