"""`install`: the writes that bring the host cluster to the objects of the request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.edit.object_writes import ApplyObject, DeleteObject, describe, plan_update, read_object
from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.install.host_cluster import installed
from reconciler.install.manifests import manifests
from reconciler.install.owned import LEADER, Release, path_of
from reconciler.install.request import InstallError, InstallRequest
from reconciler.interpreter.containers import namespace_manifest
from reconciler.model.manifest import text
from reconciler.model.wording import one_of


async def plan_install(api: Api, request: InstallRequest) -> list[PlannedWrite]:
    """As `plan_objects`, for `run`. Raises MemberError, InstallError."""
    return await plan_objects(api, LEADER, request.namespace, manifests(request), existing_secret=request.repository.secret)


async def plan_objects(
    api: Api, release: Release, namespace: str, wanted: Sequence[Mapping[str, Any]], *, existing_secret: str = ""
) -> list[PlannedWrite]:
    """In the order of creation; then the deletion of what an earlier request had and this one has not. Raises MemberError, and
    InstallError where an object is somebody else's.

    existing_secret: a Secret that an earlier request may have made, and this one names as an existing one.
    """
    await _refuse_missing_namespaces(api, {text(one, "metadata", "namespace") for one in wanted} - {"", namespace})
    paths = {path_of(manifest) for manifest in wanted}
    others = [live for live in (await installed(api, release, namespace)).objects if path_of(live) not in paths]
    stale = [live for live in others if (text(live, "kind"), text(live, "metadata", "name")) != ("Secret", existing_secret)]
    return [
        await _plan_namespace(api, namespace, release),
        *[await _plan(api, manifest, release) for manifest in wanted],
        *[DeleteObject(api, path_of(live), live) for live in reversed(stale)],
    ]


async def _refuse_missing_namespaces(api: Api, names: Collection[str]) -> None:
    """Raises InstallError: a sync creates the namespaces of Tenants, and would not touch one that somebody else made."""
    missing = [name for name in sorted(names) if await read_object(api, f"/api/v1/namespaces/{name}") is None]
    if missing:
        raise InstallError(
            f"{api.name}: there is no namespace {one_of(missing)}, so nobody can be allowed to act as an account in it",
            remedy="Run this without --impersonate, let a sync create the namespace, and run it again with it.",
        )


async def _plan_namespace(api: Api, name: str, release: Release) -> PlannedWrite:
    manifest, path = namespace_manifest(name), f"/api/v1/namespaces/{name}"
    if await read_object(api, path) is not None:
        return NoWrite(WriteReport("unchanged", describe(manifest)))
    return ApplyObject(api, path, manifest, None, release.field_manager)


async def _plan(api: Api, manifest: Mapping[str, Any], release: Release) -> PlannedWrite:
    path = path_of(manifest)
    live = await read_object(api, path)
    if live is None:
        return ApplyObject(api, path, manifest, None, release.field_manager)
    if not release.owns(live):
        raise InstallError(
            f"{api.name}: {describe(manifest)} exists, and this command did not create it",
            remedy="If Helm did, use `helm upgrade`, or `helm uninstall` first. Otherwise choose another --namespace.",
        )
    return await plan_update(api, path, manifest, live, release.field_manager)
