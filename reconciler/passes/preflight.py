"""When nothing of a revision may be reconciled: whoever goes on would do harm, or write down something untrue."""

from __future__ import annotations

from pathlib import Path

from reconciler.cluster.client import MemberError
from reconciler.errors import ReconcilerError
from reconciler.model.desired import DesiredState
from reconciler.model.issues import errors_in
from reconciler.model.recorded import RecordedState
from reconciler.repo.revision import Commit


class ConfigurationBrokenError(ReconcilerError):
    """The repository's Configuration cannot be read, so nobody knows how it wants to be reconciled."""


class WrongRevisionError(ReconcilerError):
    """A revision that is not there to be reconciled."""


def refuse_status_branch(commit: Commit, status: str | None, branch: str, revision: str) -> None:
    """Where the default branch is deleted, a forge may make this one the default."""
    if commit.sha == status:
        raise WrongRevisionError(
            f"{revision} is the status branch, {branch}, which says what happened and not what is wanted",
            remedy="Name the branch with the manifests; if it is gone, push it again, and make it the default branch.",
        )


def refuse_missing_members(desired: DesiredState, recorded: RecordedState, member_root: Path | None) -> None:
    """Where everything is said to be applied and there is not even a folder, the members are somewhere else: a second set of
    them would be written, and its status recorded over that of the first."""
    folders = {cluster.name for cluster in desired.clusters if cluster.directory}
    held = any(found.applied for name, found in recorded.clusters.items() if name in folders)
    if held and member_root is not None and not member_root.exists():
        raise MemberError(
            f"{member_root} does not exist, and the status branch says that objects are applied on members below it",
            remedy="Name the folder where they are with --member-root, or make this one to start anew.",
        )


def refuse_broken_configuration(desired: DesiredState) -> None:
    """With defaults in its place the wrong branch could be written and the wrong files read."""
    for issue in errors_in(desired.issues):
        if issue.subject.startswith("Configuration") or issue.origin.file == desired.settings_in != "":
            raise ConfigurationBrokenError(f"{issue.origin}: {issue.message}", remedy=issue.remedy)
