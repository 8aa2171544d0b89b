"""`uninstall`: the writes that remove what `install` created, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.edit.object_writes import DeleteObject
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.install.host_cluster import Installed, installed, listed
from reconciler.install.owned import LEADER, path_of
from reconciler.membership.join_labels import JOINED_AS
from reconciler.model.manifest import labels_of, text


async def plan_uninstall(api: Api, namespace: str, *, member_secrets: bool) -> list[PlannedWrite]:
    """The process first, so that it ends while it has its rights. The namespace stays. Raises MemberError.

    member_secrets: whether to delete the credentials of members, too.
    """
    ours = await installed(api, LEADER, namespace)
    secrets = await listed(api, "Secret", namespace, {JOINED_AS: ""}) if member_secrets else []
    credentials = [DeleteObject(api, path_of(secret), secret) for secret in secrets if _is_credential(secret)]
    return [*deletions(api, ours), *credentials, *remarks(ours)]


def deletions(api: Api, ours: Installed) -> list[PlannedWrite]:
    """The process first, so that it ends while it has its rights."""
    return [DeleteObject(api, path_of(live), live) for live in reversed(ours.objects)]


def remarks(ours: Installed) -> list[PlannedWrite]:
    """What may be left."""
    return [NoWrite(WriteReport("left", f"{objects}: this user may not list them")) for objects in ours.hidden]


def _is_credential(secret: Mapping[str, Any]) -> bool:
    """Whether `join` stored a credential in it: it has the name of the member. Other Secrets with the label hold tokens of the
    account in this very cluster."""
    return text(secret, "metadata", "name") == labels_of(secret)[JOINED_AS]
