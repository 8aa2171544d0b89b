"""The options for access to members, combined into one value."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import (
    AccessProviders,
    AllowExec,
    AllowInsecure,
    ContextOf,
    HostContext,
    HostKubeconfig,
    HostMember,
    InCluster,
    MemberRoot,
    OwnKubeconfig,
    ProxyFromEnvironment,
)
from reconciler.cluster.access import Access, Host, OwnContexts
from reconciler.cluster.environment_proxies import EnvironmentProxies
from reconciler.model.keys import ClusterName


def access_of(
    member_root: MemberRoot = None,
    host_kubeconfig: HostKubeconfig = None,
    host_context: HostContext = "",
    in_cluster: InCluster = False,
    host_member: HostMember = "",
    allow_exec: AllowExec = False,
    access_providers: AccessProviders = None,
    allow_insecure: AllowInsecure = False,
    proxy_from_environment: ProxyFromEnvironment = False,
) -> Access:
    host = Host(address=address_of_pod()) if in_cluster else None
    host = Host(host_kubeconfig, host_context) if host_kubeconfig is not None else host
    return Access(
        member_root=member_root,
        host=host,
        host_member=ClusterName(host_member) if host_member else None,
        allow_exec=allow_exec,
        access_providers=access_providers,
        allow_insecure=allow_insecure,
        proxies=EnvironmentProxies.read(os.environ) if proxy_from_environment else None,
    )


def address_of_pod() -> str:
    """Of the API server, as the kubelet writes it into the environment; empty outside of a Pod."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    return f"{f'[{host}]' if ':' in host else host}:{port}" if host and port else ""


reaches_members = grouped("access", access_of)
"""Replaces the parameter `access` of a command by the options of `access_of`, so that every command has the same ones."""


@reaches_members
def _reading_access(access: Access, kubeconfig: OwnKubeconfig = None, context_of: ContextOf = []) -> Access:  # noqa: B006 -- see typer
    """As `access_of`, or with the contexts of the person who asks. Raises BadParameter."""
    contexts = dict(map(_member_and_context, context_of))
    if kubeconfig is None:
        if contexts:
            raise typer.BadParameter("name the kubeconfig that has these contexts with --kubeconfig", param_hint="--context-of")
        return access
    return replace(access, own=OwnContexts(kubeconfig, contexts))


def _member_and_context(text: str) -> tuple[ClusterName, str]:
    member, equals, context = text.partition("=")
    if not member or not equals or not context:
        raise typer.BadParameter(f"{text} is not MEMBER=CONTEXT", param_hint="--context-of")
    return ClusterName(member), context


def unused_contexts(access: Access, declared: Iterable[str]) -> list[str]:
    """Names in `--context-of` that are no members, sorted."""
    return sorted(set(access.own.contexts) - set(declared)) if access.own is not None else []


reads_members = grouped("access", _reading_access)
"""As `reaches_members`, for a command that may use the contexts of the person who asks: it writes nothing, or gives back what we
wrote."""
