"""`install`: the writes that bring the host cluster to the objects of the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.edit.object_writes import ApplyObject, DeleteObject, describe, plan_update, read_object
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.install.host_cluster import installed
from reconciler.install.manifests import manifests
from reconciler.install.owned import FIELD_MANAGER, is_ours, path_of
from reconciler.install.request import InstallError, InstallRequest
from reconciler.interpreter.containers import namespace_manifest
from reconciler.model.manifest import text


async def plan_install(api: Api, request: InstallRequest) -> list[PlannedWrite]:
    """In the order of creation; then the deletion of what an earlier request had and this one has not. Raises MemberError, and
    InstallError where an object is somebody else's."""
    wanted = manifests(request)
    paths = {path_of(manifest) for manifest in wanted}
    others = [live for live in (await installed(api, request.namespace)).objects if path_of(live) not in paths]
    stale = [live for live in others if not _is_named(live, request)]
    return [
        await _plan_namespace(api, request.namespace),
        *[await _plan(api, manifest) for manifest in wanted],
        *[DeleteObject(api, path_of(live), live) for live in reversed(stale)],
    ]


async def _plan_namespace(api: Api, name: str) -> PlannedWrite:
    manifest, path = namespace_manifest(name), f"/api/v1/namespaces/{name}"
    if await read_object(api, path) is not None:
        return NoWrite(WriteReport("unchanged", describe(manifest)))
    return ApplyObject(api, path, manifest, None, FIELD_MANAGER)


async def _plan(api: Api, manifest: Mapping[str, Any]) -> PlannedWrite:
    path = path_of(manifest)
    live = await read_object(api, path)
    if live is None:
        return ApplyObject(api, path, manifest, None, FIELD_MANAGER)
    if not is_ours(live):
        raise InstallError(
            f"{api.name}: {describe(manifest)} exists, and `install` did not create it",
            remedy="If Helm did, use `helm upgrade`, or `helm uninstall` first. Otherwise choose another --namespace.",
        )
    return await plan_update(api, path, manifest, live, FIELD_MANAGER)


def _is_named(live: Mapping[str, Any], request: InstallRequest) -> bool:
    """Whether it is the Secret that `install` made earlier, and the request names it now as an existing one."""
    return text(live, "kind") == "Secret" and text(live, "metadata", "name") == request.repository.secret
