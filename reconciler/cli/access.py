"""The options for access to members, combined into one value."""

from __future__ import annotations

import os

from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import (
    AllowExec,
    AllowInsecure,
    HostContext,
    HostKubeconfig,
    HostMember,
    InCluster,
    MemberRoot,
    ProxyFromEnvironment,
)
from reconciler.cluster.access import Access, Host
from reconciler.cluster.environment_proxies import EnvironmentProxies
from reconciler.model.keys import ClusterName


def access_of(
    member_root: MemberRoot = None,
    host_kubeconfig: HostKubeconfig = None,
    host_context: HostContext = "",
    in_cluster: InCluster = False,
    host_member: HostMember = "",
    allow_exec: AllowExec = False,
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
        allow_insecure=allow_insecure,
        proxies=EnvironmentProxies.read(os.environ) if proxy_from_environment else None,
    )


def address_of_pod() -> str:
    """Of the API server, as the kubelet writes it into the environment; empty outside of a Pod."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    return f"{f'[{host}]' if ':' in host else host}:{port}" if host and port else ""


reaches_members = grouped("access", access_of)
"""Replaces the parameter `access` of a command by the options of `access_of`, so that every command has the same ones."""
