"""Members that nobody can reach: what they must hold, and what they report, is carried to them and back as files.

The annotation `reconciler.dev/report-every` of a Cluster says how often somebody brings a report, such as `720h`. It takes the
place of the heartbeat in the report, which may be an hour at most: only the leader's own files may say that one counts longer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from reconciler.model.keys import ClusterName
from reconciler.model.trailers import trailer_values

EXPORTS = "reconciler/exports/"
"""Before the name of the member: the branches of `export`."""
REPORT_EVERY = "reconciler.dev/report-every"
MEMBER = "Reconciler-Member"
REVISION = "Reconciler-Revision"
DECISION = "Reconciler-Decision"
GENERATION = "Reconciler-Generation"
"""The trailers of a commit of an export, as the fields of `CarriedDecision`."""

_DURATION = re.compile(r"(?:\d{1,7}[smh])+")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class ReportEveryError(ValueError):
    """A value of the annotation that is no duration."""


@dataclass(frozen=True, slots=True)
class CarriedDecision:
    """Which decision about the member a commit of an export holds."""

    member: ClusterName
    """A signature covers it, and not the name of the branch."""
    revision: str
    """The commit that was rendered."""
    decision: str
    """The commit of the status branch."""
    generation: int
    """Which of the decisions about the member that is (`RecordedCluster.generation`)."""

    @property
    def trailers(self) -> str:
        """The last paragraph of the commit message."""
        fields = {MEMBER: self.member, REVISION: self.revision, DECISION: self.decision, GENERATION: self.generation}
        return "".join(f"{key}: {value}\n" for key, value in fields.items())

    def is_same_decision(self, other: CarriedDecision | None) -> bool:
        """Whether a report on one of them is a report on the other: the status branch moves for other members, too."""
        return other is not None and (self.revision, self.generation) == (other.revision, other.generation)


def carried_decision(message: str) -> CarriedDecision | None:
    """By the trailers of a commit message; None where one is missing or malformed."""
    member, revision, decision, generation = (
        "".join(trailer_values(message, key)[-1:]) for key in (MEMBER, REVISION, DECISION, GENERATION)
    )
    if not (member and re.fullmatch(r"[0-9]{1,18}", generation)):
        return None
    if not (_COMMIT.fullmatch(revision) and _COMMIT.fullmatch(decision)):
        return None
    return CarriedDecision(ClusterName(member), revision, decision, int(generation))


def report_every(annotations: Mapping[str, str]) -> timedelta | None:
    """Of a Cluster; None where it has no such annotation. Raises ReportEveryError."""
    value = annotations.get(REPORT_EVERY)
    if value is None:
        return None
    seconds = sum(int(part[:-1]) * _SECONDS[part[-1]] for part in re.findall(r"\d+[smh]", value))
    if not _DURATION.fullmatch(value) or not seconds:
        raise ReportEveryError(f"{value!r} is no duration")
    return timedelta(seconds=seconds)
