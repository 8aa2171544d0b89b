"""Objects as an API server shows them to kubectl: which columns a kind has, and what stands in them, is the server's to say.

Kinds are found as kubectl finds them, among those that this very server serves: what `deploy` means, and in which version, may
differ from member to member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from reconciler.cluster.api import JSON, Answer, Api, Query
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.listing import Column, Listing, Row, Selection, by_name
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

_TABLE = f"application/json;as=Table;v=v1;g=meta.k8s.io,{JSON}"
"""An extension API server that makes no tables gives the objects instead."""


def resources_for(served: Served, selection: Selection) -> list[Resource]:
    """The kinds that are meant, as kubectl reads it: a plural or singular counts before a short name, these before a word for
    several kinds, such as `all`. Of several groups the server's first one has it."""
    for matches in _READINGS:
        best = next(_in_group(selection.group, served, partial(matches, selection.word)), None)
        if best is not None:
            return [best]
    if selection.group:
        return []
    return [resource for resource in served.preferred.values() if selection.word in resource.categories]


async def listings(api: Api, served: Served, selection: Selection) -> list[Listing] | None:
    """None where no such kind is served. Raises MemberError."""
    found = resources_for(served, selection)
    if not found:
        return None
    return await at_most([_listing(api, resource, selection) for resource in found])


_READINGS: tuple[Callable[[str, Resource], bool], ...] = (
    lambda word, resource: word in (resource.plural, resource.singular),
    lambda word, resource: word in resource.short_names,
    lambda word, resource: word == resource.gvk.kind.lower(),
)


def _in_group(asked: str, served: Served, is_meant: Callable[[Resource], bool]) -> Iterator[Resource]:
    """Best first: the very group, one that begins so, one version of a group."""
    preferred = [resource for resource in served.preferred.values() if is_meant(resource)]
    if not asked:
        yield from preferred
        return
    yield from (resource for resource in preferred if resource.gvk.group == asked)
    yield from (resource for resource in preferred if resource.gvk.group.startswith(asked))
    for resource in served.resources.values():
        if asked == f"{resource.gvk.version}.{resource.gvk.group}" and is_meant(resource):
            yield resource


async def _listing(api: Api, resource: Resource, selection: Selection) -> Listing:
    accept = JSON if selection.whole else _TABLE
    what = f"list {resource.plural}"
    if not selection.names:
        query: Query = {"labelSelector": selection.labels} if selection.labels else {}
        answer = await api.request("GET", resource.path(selection.namespace), query=query, accept=accept, what=what)
        return _told(resource, [answer.document])
    paths = [resource.path(selection.namespace, name) for name in selection.names]
    answers = await at_most([_if_there(api, path, accept, what) for path in paths])
    return _told(resource, [answer.document for answer in answers if answer is not None])


async def _if_there(api: Api, path: str, accept: str, what: str) -> Answer | None:
    try:
        return await api.request("GET", path, accept=accept, what=what)
    except RefusedError as error:
        if error.status == 404:
            return None
        raise


def _told(resource: Resource, documents: Iterable[Any]) -> Listing:
    """One listing out of one or more answers, tables or objects."""
    tables: list[Any] = []
    objects: list[Manifest] = []
    for document in documents:
        if text(document, "kind") == "Table":
            tables.append(document)
        else:
            objects.extend(_objects(resource, document))
    if not tables:
        return by_name(resource.gvk, resource.namespaced, objects)
    definitions = sequence(tables[0], "columnDefinitions")
    columns = tuple(Column(text(item, "name"), wide=get(item, "priority", default=0) > 0) for item in definitions)
    rows = [Row(tuple(sequence(row, "cells")), mapping(row, "object")) for table in tables for row in sequence(table, "rows")]
    return Listing(resource.gvk, resource.namespaced, columns, tuple(rows))


def _objects(resource: Resource, document: Any) -> Iterator[Manifest]:
    """The items of a list, which do not say their kind, or the one object."""
    kind = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    if text(document, "kind") == resource.gvk.kind:
        yield document
    else:
        yield from ({**kind, **item} for item in sequence(document, "items"))
