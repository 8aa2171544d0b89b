"""Planned writes to an API server.

No write touches an object that somebody else created or replaced after the plan was made: the API server compares. An object that
is new in the plan is applied with a resource version that no object has, so the server creates it or refuses. Every other write
names the uid of the object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cluster.api_client import APPLY, MERGE, Api
from reconciler.cluster.failures import RefusedError
from reconciler.edit.planned_writes import NoWrite, OutdatedPlanError, PlannedWrite, WriteReport
from reconciler.model.manifest import is_terminating, labels_of, mapping, text

GONE = frozenset({404})
"""HTTP status of an answer about an object that does not exist."""

_NO_VERSION = "1"
"""A resource version that no object has."""


@dataclass(frozen=True, slots=True)
class ApplyObject:
    """Creates or updates one object by server-side apply."""

    api: Api
    path: str
    manifest: Mapping[str, Any]
    live: Mapping[str, Any] | None
    """The object when the plan was made; None: there was none."""
    field_manager: str

    @property
    def report(self) -> WriteReport:
        return WriteReport("created" if self.live is None else "configured", describe(self.manifest))

    async def carry_out(self) -> WriteReport:
        try:
            await apply_object(self.api, self.path, self.manifest, self.live, self.field_manager)
        except RefusedError as error:
            if not error.is_precondition_failure:
                raise
            if not await self._exists_already():
                raise OutdatedPlanError(f"{self.api.name}: {describe(self.manifest)}") from error
        return self.report

    async def _exists_already(self) -> bool:
        """Whether a new object was created nevertheless: by this very request, whose answer was lost, or by another run of
        the same command. Its labels tell whose it is."""
        if self.live is not None:
            return False
        live = await read_object(self.api, self.path)
        return live is not None and not is_terminating(live) and labels_of(self.manifest).items() <= labels_of(live).items()


@dataclass(frozen=True, slots=True)
class DeleteObject:
    """Deletes one object. One that does not exist any more is fine."""

    api: Api
    path: str
    live: Mapping[str, Any]
    """The object when the plan was made."""
    gone: frozenset[int] = GONE
    """HTTP statuses of answers that mean that the object does not exist any more."""

    @property
    def report(self) -> WriteReport:
        return WriteReport("deleted", describe(self.live))

    async def carry_out(self) -> WriteReport:
        body = {"propagationPolicy": "Background", "preconditions": {"uid": text(self.live, "metadata", "uid")}}
        try:
            await self.api.request("DELETE", self.path, body=body, what=f"delete {describe(self.live)}")
        except RefusedError as error:
            if error.status == 409:
                raise OutdatedPlanError(f"{self.api.name}: {describe(self.live)}") from error
            if error.status not in self.gone:
                raise
        return self.report


@dataclass(frozen=True, slots=True)
class DeleteWithOwner:
    """Makes one object belong to an owner that is deleted afterwards. Garbage collection then deletes the object."""

    api: Api
    path: str
    live: Mapping[str, Any]
    """The object when the plan was made."""
    owner: Mapping[str, Any]
    """The owner when the plan was made."""
    field_manager: str
    gone: frozenset[int] = GONE
    """As in `DeleteObject`."""

    @property
    def report(self) -> WriteReport:
        kind = text(self.owner, "kind")
        return WriteReport("deleted", f"{describe(self.live)} (by garbage collection, after its {kind})")

    async def carry_out(self) -> WriteReport:
        owner = {part: text(self.owner, part) for part in ("apiVersion", "kind")}
        owner |= {part: text(self.owner, "metadata", part) for part in ("name", "uid")}
        body = {"metadata": {"uid": text(self.live, "metadata", "uid"), "ownerReferences": [owner]}}
        query, what = {"fieldManager": self.field_manager}, f"set the owner of {describe(self.live)}"
        try:
            await self.api.request("PATCH", self.path, query=query, body=body, content_type=MERGE, what=what)
        except RefusedError as error:
            if error.status not in self.gone:
                raise
        return self.report


async def read_object(api: Api, path: str) -> Mapping[str, Any] | None:
    """None: there is no such object. Raises MemberError."""
    try:
        document: Mapping[str, Any] = (await api.request("GET", path, what=f"get {path}")).document
    except RefusedError as error:
        if error.status == 404:
            return None
        raise
    return document


async def apply_object(
    api: Api,
    path: str,
    manifest: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    field_manager: str,
    *,
    dry_run: bool = False,
) -> Mapping[str, Any]:
    """The object after server-side apply to the one that was there when the plan was made. Raises MemberError.

    dry_run: a question to the API server; it stores nothing.
    """
    expected = {"resourceVersion": _NO_VERSION} if live is None else {"uid": text(live, "metadata", "uid")}
    body = {**manifest, "metadata": {**mapping(manifest, "metadata"), **expected}}
    query = {"fieldManager": field_manager, "force": "true", **({"dryRun": "All"} if dry_run else {})}
    what = f"apply {describe(manifest)}"
    answer: Mapping[str, Any] = (await api.request("PATCH", path, query=query, body=body, content_type=APPLY, what=what)).document
    return answer


async def plan_update(
    api: Api, path: str, manifest: Mapping[str, Any], live: Mapping[str, Any], field_manager: str
) -> PlannedWrite:
    """The write that brings an existing object to a manifest. A dry run at the API server compares the two, so an object that
    needs no change is not written. Raises MemberError."""
    after = await apply_object(api, path, manifest, live, field_manager, dry_run=True)
    if _content(live) != _content(after):
        return ApplyObject(api, path, manifest, live, field_manager)
    return NoWrite(WriteReport("unchanged", describe(manifest)))


def _content(document: Mapping[str, Any]) -> dict[str, Any]:
    """Everything except the server's own records about its writes."""
    metadata = {k: v for k, v in mapping(document, "metadata").items() if k not in ("managedFields", "resourceVersion")}
    return {**document, "metadata": metadata}


def describe(manifest: Mapping[str, Any]) -> str:
    """Kind, namespace and name, for messages."""
    namespace, name = text(manifest, "metadata", "namespace"), text(manifest, "metadata", "name")
    return f"{text(manifest, 'kind')} {namespace}/{name}" if namespace else f"{text(manifest, 'kind')} {name}"
