"""Objects as tables of an API server, as kubectl prints them. The server decides the columns of a kind and their values.

Kinds are looked up as in kubectl, among those that this server serves: the kind and version of `deploy` may differ between
members.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from reconciler.cluster.api_client import JSON, Api, Query, Response
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.listing import Column, Listing, Row, Selection, by_name
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

_TABLE = f"application/json;as=Table;v=v1;g=meta.k8s.io,{JSON}"
"""An extension API server that does not support tables returns objects instead."""


def resources_for(served: Served, selection: Selection) -> list[Resource]:
    """The kinds that the user means, as in kubectl: first by plural or singular, then by short name, then by a category such as
    `all`. If several groups match, the first group of the server counts."""
    for matches in _MATCHERS:
        best = next(_in_group(selection.group, served, partial(matches, selection.word)), None)
        if best is not None:
            return [best]
    if selection.group:
        return []
    return [resource for resource in served.preferred.values() if selection.word in resource.categories]


async def listings(api: Api, served: Served, selection: Selection) -> list[Listing] | None:
    """The selected objects, one listing for each kind; None if the server does not serve such a kind. Raises MemberError."""
    resources = resources_for(served, selection)
    if not resources:
        return None
    return await at_most([_listing(api, resource, selection) for resource in resources])


_MATCHERS: tuple[Callable[[str, Resource], bool], ...] = (
    lambda word, resource: word in (resource.plural, resource.singular),
    lambda word, resource: word in resource.short_names,
    lambda word, resource: word == resource.gvk.kind.lower(),
)


def _in_group(group: str, served: Served, is_meant: Callable[[Resource], bool]) -> Iterator[Resource]:
    """The matching resources, best first: of exactly this group, of a group with this prefix, of one version of a group."""
    preferred = [resource for resource in served.preferred.values() if is_meant(resource)]
    if not group:
        yield from preferred
        return
    yield from (resource for resource in preferred if resource.gvk.group == group)
    yield from (resource for resource in preferred if resource.gvk.group.startswith(group))
    for resource in served.resources.values():
        if group == f"{resource.gvk.version}.{resource.gvk.group}" and is_meant(resource):
            yield resource


async def _listing(api: Api, resource: Resource, selection: Selection) -> Listing:
    accept, query = accepted(selection), query_of(selection)
    what = f"list {resource.plural}"
    if not selection.names:
        response = await api.request("GET", resource.path(selection.namespace), query=query, accept=accept, what=what)
        return listing_of(resource, [response.document])
    paths = [resource.path(selection.namespace, name) for name in selection.names]
    responses = await at_most([_if_exists(api, path, query, accept, what) for path in paths])
    return listing_of(resource, [response.document for response in responses if response is not None])


def accepted(selection: Selection) -> str:
    """The form in which a server is asked for the objects: as a table, or whole."""
    return JSON if selection.whole else _TABLE


def query_of(selection: Selection) -> dict[str, str | int]:
    """Which objects, and how much of each is in a row."""
    query: dict[str, str | int] = {"labelSelector": selection.labels} if selection.labels else {}
    if selection.fields:
        query["fieldSelector"] = selection.fields
    if selection.objects and not selection.whole:
        query["includeObject"] = "Object"
    return query


async def _if_exists(api: Api, path: str, query: Query, accept: str, what: str) -> Response | None:
    try:
        return await api.request("GET", path, query=query, accept=accept, what=what)
    except RefusedError as error:
        if error.status == 404:
            return None
        raise


def listing_of(resource: Resource, documents: Collection[Any], columns: Sequence[Column] = ()) -> Listing:
    """One listing from one or more responses, which are tables or objects. columns: of tables that have none of their own."""
    versions = [text(document, "metadata", "resourceVersion") for document in documents]
    tables: list[Any] = []
    objects: list[Manifest] = []
    for document in documents:
        if text(document, "kind") == "Table":
            tables.append(document)
        else:
            objects.extend(_objects(resource, document))
    if not tables:
        return replace(by_name(resource.gvk, resource.namespaced, objects), version=_oldest(versions))
    definitions = sequence(tables[0], "columnDefinitions")
    named = tuple(Column(text(item, "name"), wide=get(item, "priority", default=0) > 0) for item in definitions) or tuple(columns)
    rows = [Row(tuple(sequence(row, "cells")), mapping(row, "object")) for table in tables for row in sequence(table, "rows")]
    return Listing(resource.gvk, resource.namespaced, named, tuple(rows), _oldest(versions))


def _oldest(versions: Iterable[str]) -> str:
    """Of several answers; empty where one has none that is a number, or there are none."""
    numbers = [int(one) if one.isdigit() else 0 for one in versions]
    return str(min(numbers)) if numbers and min(numbers) > 0 else ""


def _objects(resource: Resource, document: Any) -> Iterator[Manifest]:
    """The items of a list, with the apiVersion and kind that the server omits; or the one object."""
    kind = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    if text(document, "kind") == resource.gvk.kind:
        yield document
    else:
        yield from ({**kind, **item} for item in sequence(document, "items"))
