"""Warnings about members with an API server whose Cluster names no credential (`NoCredential`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.cluster import NO_CREDENTIAL, NO_CREDENTIAL_REMEDY, Cluster
from reconciler.model.issues import Issue, warning


def no_credential(clusters: Iterable[Cluster]) -> Iterator[Issue]:
    """One warning for each. It is no error: the cluster that --host-member names needs no credential in its file."""
    for cluster in clusters:
        if not cluster.names_credential:
            message = f"Cluster {cluster.name}: {NO_CREDENTIAL}, so no sync can read it"
            remedy = f"{NO_CREDENTIAL_REMEDY} For a folder, write spec.apiEndpoint: file:{cluster.name}. {_HOST}"
            yield warning("NoCredential", message, remedy, origin=cluster.origin, subject=cluster.name)


_HOST = "The member that --host-member names needs none."
